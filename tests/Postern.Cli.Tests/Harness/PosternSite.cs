using System.Globalization;
using System.Text.RegularExpressions;

namespace Postern.Cli.Tests.Harness;

/// <summary>
/// A complete site in a temporary directory: the configuration that <c>postern init</c> writes, on free ports, with one
/// sink as the outside world (smart host of tcp_local) and one behind tcp_intranet, and the users bob and ann.
/// </summary>
public sealed partial class PosternSite : IAsyncDisposable
{
    public const string Bob = "bob@example.com";
    public const string Ann = "ann@example.com";
    public const string Password = "correct horse 7";

    private readonly TemporaryDirectory _directory = new();

    private PosternSite()
    {
        Configuration = _directory.Combine("configuration");
        Store = new MaildirReader(_directory.Combine("store"));
    }

    public string Configuration { get; }

    public MaildirReader Store { get; }

    public int Port { get; } = FreePort.Take();

    public int SubmissionPort { get; } = FreePort.Take();

    public int SubmissionsPort { get; } = FreePort.Take();

    public int ConsolePort { get; } = FreePort.Take();

    public SinkServer Outside { get; } = new();

    public SinkServer Inside { get; } = new();

    public static async Task<PosternSite> CreateAsync()
    {
        PosternSite site = new();
        try
        {
            (await PosternCommand.RunAsync(site.InitArguments())).Exits(0);

            site.Append("option.dat", "ERROR_DELAY=0\n");

            // Back-off of a second: a test is about whether mail comes again, not about when.
            site.Edit("postern.cnf", text => ChannelLine().Replace(
                text,
                line => line.Value.StartsWith("tcp_intranet", StringComparison.Ordinal)
                    ? $"{line.Value}backoff \"PT1S\" daemon 127.0.0.1 port {site.Inside.Port} "
                    : $"{line.Value}backoff \"PT1S\" "));
            foreach (string channel in (string[])["tcp_local", "tcp_intranet"]) site.Write($"{channel}_option", "HOST_BACKOFF=PT1S\n");
            foreach (string user in (string[])[Bob, Ann])
                (await PosternCommand.RunWithInputAsync($"{Password}\n", "user", "add", user, "--config", site.Configuration)).Exits(0);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command on this site's configuration.</summary>
    public Task<ProgramResult> RunAsync(params string[] arguments) => PosternCommand.RunAsync([.. arguments, "--config", Configuration]);

    public Task<PosternProcess> ServeAsync() => PosternProcess.StartAsync(Configuration, Port);

    /// <summary>Waits until the server has finished with everything it ever accepted, or holds it: what is not delivered now never will be.</summary>
    public Task QuietAsync() => Eventually.HoldsAsync("nothing in the queue is to be delivered", async () =>
    {
        ProgramResult listed = (await RunAsync("queue", "list", "--json")).Exits(0);
        return listed.Json.GetProperty("recipients").EnumerateArray().All(r => r.GetProperty("state").GetString() == "held");
    });

    public string PathOf(string file) => Path.Combine(Configuration, file);

    public void Write(string file, string text) => File.WriteAllText(PathOf(file), text);

    public void Append(string file, string text) => File.AppendAllText(PathOf(file), text);

    /// <summary>Changes a configuration file; a change that changes nothing fails the test.</summary>
    public void Edit(string file, Func<string, string> change)
    {
        string old = File.ReadAllText(PathOf(file));
        string edited = change(old);
        Assert.NotEqual(old, edited);
        File.WriteAllText(PathOf(file), edited);
    }

    /// <summary>Takes the first line with this text out of a file and returns it.</summary>
    public string Cut(string file, string text)
    {
        string line = File.ReadLines(PathOf(file)).First(l => l.Contains(text, StringComparison.Ordinal));
        Edit(file, old => old.Replace($"{line}\n", "", StringComparison.Ordinal));
        return line;
    }

    /// <summary>The number of the first line with this text, 1 for the first.</summary>
    public int LineOf(string file, string text) =>
        File.ReadLines(PathOf(file)).TakeWhile(l => !l.Contains(text, StringComparison.Ordinal)).Count() + 1;

    public async ValueTask DisposeAsync()
    {
        await Outside.DisposeAsync();
        await Inside.DisposeAsync();
        _directory.Dispose();
    }

    private string[] InitArguments() =>
    [
        "init", Configuration, "--domain", "example.com", "--host", "mta.example.com",
        "--internal", $"{Client.Internal}/32", "--internal-domain", "in.test", "--internal-domain", "corp.example.com",
        "--relay-host", $"127.0.0.1:{Number(Outside.Port)}", "--store", _directory.Combine("store"),
        "--port", Number(Port), "--submission-port", Number(SubmissionPort), "--submissions-port", Number(SubmissionsPort),
        "--console-port", Number(ConsolePort),
    ];

    private static string Number(int port) => port.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("^tcp_(local|intranet) (?=smtp)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ChannelLine();
}
