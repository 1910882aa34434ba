using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Pipe;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>Mail given to programs: what they see, what their exit codes mean, and what an address can never do.</summary>
public sealed class PipeDeliveryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Program_gets_the_message_its_arguments_and_a_small_environment()
    {
        string seen = _directory.Combine("seen");
        string program = Script($"printf '%s\\n' \"$@\" > {seen}; env | sort >> {seen}; cat >> {seen}");
        RecipientOutcome outcome = await DeliverAsync($"[PROGRAM=vac]\nCOMMAND={program}\nARGUMENTS=\"-u %s 100%% $(id)\"\n", "bob+x%VAC@pipe-daemon", original: "rfc822;Bob+x@example.com");
        Assert.IsType<RecipientOutcome.Delivered>(outcome);
        string[] lines = await File.ReadAllLinesAsync(seen, TestContext.Current.CancellationToken);
        Assert.Equal(["-u", "bob", "100%", "$(id)"], lines.Take(4));
        string[] environment = [.. lines.Skip(4).TakeWhile(l => !l.StartsWith("Return-Path", StringComparison.Ordinal))];
        Assert.Equal(
            [
                "CLIENT_IP=203.0.113.9", "DOMAIN=example.com", "EXTENSION=x", "LANG=C", "MESSAGE_ID=", "ORIGINAL_RECIPIENT=Bob+x@example.com",
                "PATH=/usr/local/bin:/usr/bin:/bin", "RECIPIENT=bob+x%VAC@pipe-daemon", "SENDER=s@ext.example", "USER=bob",
            ],
            environment.Where(l => !l.StartsWith("QUEUE_ID=", StringComparison.Ordinal) && !l.StartsWith("POSTERN_RUN=", StringComparison.Ordinal) && !l.StartsWith("PWD=", StringComparison.Ordinal) && !l.StartsWith("OLDPWD=", StringComparison.Ordinal) && l[0] != '_').Order(StringComparer.Ordinal));
        string text = await File.ReadAllTextAsync(seen, TestContext.Current.CancellationToken);
        Assert.EndsWith("Return-Path: <s@ext.example>\nDelivered-To: Bob+x@example.com\nSubject: hello\n\n.dot\nbody\n", text);
    }

    [Theory]
    [InlineData("\"; touch x\"")]
    [InlineData("\"`touch x`\"")]
    [InlineData("\"$(touch x)\"")]
    [InlineData("\"a b\"")]
    [InlineData("-rf")]
    [InlineData("\"a\\\\nb\"")]
    public async Task User_arrives_as_one_argument_whatever_it_holds(string user)
    {
        string seen = _directory.Combine("seen");
        string program = Script($"printf '%s\\0' \"$@\" > {seen}; cat > /dev/null");
        string address = user.StartsWith('"') ? $"{user[..^1]}%vac\"@pipe-daemon" : $"{user}%vac@pipe-daemon";
        Assert.IsType<RecipientOutcome.Delivered>(await DeliverAsync($"[PROGRAM=vac]\nCOMMAND={program}\nARGUMENTS=%s\n", address));
        string value = user.Trim('"').Replace("\\\\", "\\", StringComparison.Ordinal);
        Assert.Equal(value + "\0", await File.ReadAllTextAsync(seen, TestContext.Current.CancellationToken));
        Assert.Single(Directory.GetFiles(_directory.Root, "seen"));
        Assert.Empty(Directory.GetFiles(_directory.Root, "x"));
    }

    [Theory]
    [InlineData("exit 0", "delivered")]
    [InlineData("exit 1", "failed 5.3.0")]
    [InlineData("exit 64", "failed 5.5.4")]
    [InlineData("exit 65", "failed 5.6.0")]
    [InlineData("exit 66", "failed 5.1.1")]
    [InlineData("exit 67", "failed 5.1.1")]
    [InlineData("exit 68", "failed 5.1.2")]
    [InlineData("exit 69", "deferred 4.3.0")]
    [InlineData("exit 70", "failed 5.3.0")]
    [InlineData("exit 71", "deferred 4.3.0")]
    [InlineData("exit 72", "deferred 4.3.5")]
    [InlineData("exit 73", "deferred 4.3.5")]
    [InlineData("exit 74", "deferred 4.3.0")]
    [InlineData("exit 75", "deferred 4.3.0")]
    [InlineData("exit 76", "failed 5.5.0")]
    [InlineData("exit 77", "failed 5.7.1")]
    [InlineData("exit 78", "deferred 4.3.5")]
    [InlineData("exit 79", "deferred 4.3.0")]
    [InlineData("kill -TERM $$", "deferred 4.3.0")]
    [InlineData("kill -KILL $$", "deferred 4.3.0")]
    public async Task Exit_code_decides(string script, string outcome) =>
        Assert.Equal([outcome], Attempts.Words([await DeliverAsync(Registered(script), "bob%vac@pipe-daemon")]));

    [Fact]
    public async Task Program_that_does_not_read_may_still_take_the_message() =>
        Assert.IsType<RecipientOutcome.Delivered>(
            await DeliverAsync(Registered("exec 0<&-; exit 0"), "bob%vac@pipe-daemon", content: Attempts.Letter + string.Concat(Enumerable.Repeat("x\r\n", 1_000_000))));

    [Fact]
    public async Task Beginning_of_the_output_is_told_and_the_rest_read()
    {
        RecipientOutcome.Failed failed = Assert.IsType<RecipientOutcome.Failed>(await DeliverAsync(
            Registered("echo first; echo second >&2; i=0; while [ $i -lt 20000 ]; do echo more; i=$((i+1)); done; exit 65"), "bob%vac@pipe-daemon"));
        Assert.StartsWith("vac ended with 65: ", failed.Fault.Text);
        Assert.Contains("first", failed.Fault.Text);
        Assert.InRange(failed.Fault.Text.Length, 500, 1100);
    }

    [Fact]
    public async Task Program_that_hangs_is_killed_with_what_it_started() =>
        await HangAsync("sleep 1000 & echo $! > CHILD.new; mv CHILD.new CHILD; wait");

    /// <summary>The child has neither parent, group nor session in common with the program.</summary>
    [Fact]
    public async Task Program_that_hangs_is_killed_with_what_left_it() =>
        await HangAsync("(setsid /bin/sh -c 'echo $$ > CHILD.new; exec sleep 1000' > /dev/null 2>&1 &); while [ ! -s CHILD.new ]; do :; done; mv CHILD.new CHILD; exec sleep 1000");

    [Fact]
    public async Task Child_that_an_earlier_run_left_behind_is_no_part_of_this_one()
    {
        string child = _directory.Combine("child");
        await DeliverAsync(Registered($"setsid sleep 1000 < /dev/null > /dev/null 2>&1 & echo $! > {child}; exit 0"), "bob%vac@pipe-daemon");
        using System.Diagnostics.Process left = System.Diagnostics.Process.GetProcessById(
            int.Parse(await File.ReadAllTextAsync(child, TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture));
        await HangAsync("echo $$ > CHILD.new; mv CHILD.new CHILD; exec sleep 1000");
        Assert.False(left.HasExited);
        left.Kill();
    }

    /// <summary>The program has said what became of the message; to wait for its child would mean to give it the message again.</summary>
    [Theory]
    [InlineData("cat > /dev/null; sleep 1000 & echo $! > CHILD; echo so; exit 0", 1, "delivered")]
    [InlineData("cat > /dev/null; sleep 1000 & echo $! > CHILD; exit 65", 1, "failed 5.6.0")]
    [InlineData("exec 3<&0; sleep 1000 <&3 > /dev/null 2>&1 & echo $! > CHILD; exit 0", 1_000_000, "delivered")]
    public async Task Child_that_keeps_the_pipes_open_does_not_hold_the_result(string script, int lines, string outcome)
    {
        FakeTime time = new();
        string child = _directory.Combine("child");
        Task<RecipientOutcome> delivery = DeliverAsync(
            Registered(script.Replace("CHILD", child, StringComparison.Ordinal)), "bob%vac@pipe-daemon", Attempts.Letter + string.Concat(Enumerable.Repeat("x\r\n", lines)), time: time);
        await Task.WhenAny(delivery, time.TimerAsync(ProgramRun.Linger));
        time.Advance(ProgramRun.Linger);
        Assert.Equal([outcome], Attempts.Words([await delivery]));
        int id = int.Parse(await File.ReadAllTextAsync(child, TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture);
        using System.Diagnostics.Process left = System.Diagnostics.Process.GetProcessById(id);
        left.Kill();
    }

    [Theory]
    [InlineData("bob%other@pipe-daemon", "no program")]
    [InlineData("other@pipe-daemon", "no program")]
    [InlineData("bob%../../bin/sh@pipe-daemon", "no program")]
    [InlineData("bob%none@pipe-daemon", "cannot be started")]
    public async Task Program_that_is_not_there_defers(string address, string reason)
    {
        RecipientOutcome.Deferred deferred = Assert.IsType<RecipientOutcome.Deferred>(
            await DeliverAsync($"{Registered("exit 0")}[PROGRAM=none]\nCOMMAND=/nowhere/none\n", address));
        Assert.Equal("4.3.5", deferred.Fault.Status.ToString());
        Assert.Contains(reason, deferred.Fault.Text);
    }

    [Fact]
    public async Task Message_that_cannot_be_read_is_tried_again()
    {
        ConfigurationSnapshot snapshot = Snapshot(Registered("cat > /dev/null; exit 0"));
        DeliveryAttempt attempt = Attempt(snapshot, "bob%vac@pipe-daemon", Attempts.Letter, null);
        int opened = 0;
        attempt = attempt with { OpenMessage = _ => ++opened < 3 ? Task.FromResult<Stream>(new MemoryStream()) : throw new QueueReadException("damaged") };
        Assert.Equal(["deferred 4.3.0"], Attempts.Words(await new FinalDelivery(new PipeDelivery(TimeProvider.System)).DeliverAsync(attempt, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void Faults_of_the_file_are_told_with_their_lines()
    {
        ConfigurationResult result = Site.Load(1, ("programs.cnf", _ => """
            COMMAND=/bin/true
            [PROGRAM=a]
            COMMAND=true
            TIME_LIMIT=5
            COMMANDS=x
            [PROGRAM=b]
            [PROGRAM=A]
            COMMAND=/bin/true
            [POOL=x]
            """));
        Assert.Equal(
            [
                "programs.cnf:1: error: COMMAND stands before the first [PROGRAM=name]",
                "programs.cnf:3: error: COMMAND needs the absolute path of a program, not \"true\"",
                "programs.cnf:4: error: TIME_LIMIT needs a duration of at most an hour, such as PT5M, not \"5\"",
                "programs.cnf:5: warning: unknown option \"COMMANDS\" is ignored; did you mean COMMAND?",
                "programs.cnf:6: error: program \"b\" has no COMMAND",
                "programs.cnf:7: error: program \"A\" is defined twice, first at programs.cnf:2",
                "programs.cnf:9: warning: section \"POOL\" is ignored; programs are written [PROGRAM=name]",
            ],
            result.Diagnostics.Select(d => d.ToString()).Where(d => d.StartsWith("programs.cnf", StringComparison.Ordinal)));
    }

    [Fact]
    public void Alias_for_a_program_that_nobody_registered_is_told()
    {
        Diagnostic finding = Assert.Single(
            Site.Load(1, ("aliases", _ => "prog: bob%vac@pipe-daemon\n")).Diagnostics, d => d.ToString().StartsWith("aliases", StringComparison.Ordinal));
        Assert.Equal("aliases:1: warning: no program \"vac\" in programs.cnf: mail for it waits", finding.ToString());
    }

    /// <summary>Runs a program that writes the number of a process to CHILD and then hangs, past its time limit; at the end the process is dead.</summary>
    private async Task HangAsync(string script)
    {
        FakeTime time = new();
        string file = _directory.Combine("children");
        Task<RecipientOutcome> delivery = DeliverAsync(
            Registered($"cat > /dev/null; {script.Replace("CHILD", file, StringComparison.Ordinal)}") + "TIME_LIMIT=PT30S\n", "bob%vac@pipe-daemon", time: time);
        while (!File.Exists(file)) await Task.Yield();
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(["deferred 4.3.0"], Attempts.Words([await delivery]));
        string child = (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Trim();

        // A killed process stays in the table until its parent, here the machine's first, has taken note.
        while (File.Exists($"/proc/{child}/stat") && (await File.ReadAllTextAsync($"/proc/{child}/stat", TestContext.Current.CancellationToken)).Split(' ')[2] != "Z")
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private string Registered(string script) => $"[PROGRAM=vac]\nCOMMAND={Script(script)}\n";

    private string Script(string body)
    {
        string path = _directory.Combine("program");
        File.WriteAllText(path, $"#!/bin/sh\ncd {_directory.Root}\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private static ConfigurationSnapshot Snapshot(string programs) => Site.Snapshot(("programs.cnf", _ => programs));

    private static DeliveryAttempt Attempt(ConfigurationSnapshot snapshot, string recipient, string content, string? original) =>
        Attempts.For(snapshot, snapshot.Channels.FindByName(new ChannelName("pipe"))!, [recipient], content, original: original);

    private static async Task<RecipientOutcome> DeliverAsync(
        string programs, string recipient, string content = Attempts.Letter, string? original = null, TimeProvider? time = null)
    {
        ImmutableArray<RecipientOutcome> outcomes = await new FinalDelivery(new PipeDelivery(time ?? TimeProvider.System))
            .DeliverAsync(Attempt(Snapshot(programs), recipient, content, original), TestContext.Current.CancellationToken);
        return Assert.Single(outcomes);
    }
}
