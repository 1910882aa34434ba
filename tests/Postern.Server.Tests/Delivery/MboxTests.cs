using System.Diagnostics;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Native;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

public sealed class MboxTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTime _time = new();

    private string Mailbox => _directory.Combine("bob");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Message_is_appended_with_its_lines_quoted()
    {
        await File.WriteAllTextAsync(Mailbox, "From old Mon Jan 01 00:00:00 2024\n\nold\n\n", TestContext.Current.CancellationToken);
        Assert.Equal(["delivered"], await DeliverAsync("Bob@native-daemon", "Subject: x\r\n\r\nFrom here\r\n>From there\r\n>> From\r\nFromage\r\nno end\rof line"));
        string when = _time.GetUtcNow().ToString("ddd MMM dd HH:mm:ss yyyy", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(
            "From old Mon Jan 01 00:00:00 2024\n\nold\n\n"
            + $"From s@ext.example {when}\nReturn-Path: <s@ext.example>\nDelivered-To: Bob@native-daemon\nSubject: x\n\n"
            + ">From here\n>>From there\n>> From\nFromage\nno end\rof line\n\n",
            await File.ReadAllTextAsync(Mailbox, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(Mailbox + ".lock"));
    }

    [Theory]
    [InlineData("\"../bob\"@native-daemon")]
    [InlineData("\"a/b\"@native-daemon")]
    [InlineData("\".bob\"@native-daemon")]
    [InlineData("bob.lock@native-daemon")]
    [InlineData("bob.LOCK@native-daemon")]
    public async Task Name_that_is_no_file_name_is_nobody(string recipient)
    {
        Assert.Equal(["failed 5.1.1"], await DeliverAsync(recipient));
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Root));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Mailbox_that_is_a_link_is_not_written_to(bool exists)
    {
        string elsewhere = _directory.Combine("elsewhere");
        if (exists) await File.WriteAllTextAsync(elsewhere, "secret", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(Mailbox, elsewhere);
        Assert.Equal(["deferred 4.3.0"], await DeliverAsync("bob@native-daemon"));
        Assert.Equal(exists, File.Exists(elsewhere));
        if (exists) Assert.Equal("secret", await File.ReadAllTextAsync(elsewhere, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(Mailbox + ".lock"));
    }

    [Fact]
    public async Task Lock_file_of_another_is_waited_for()
    {
        await File.WriteAllTextAsync(Mailbox + ".lock", "1", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(Mailbox + ".lock", _time.GetUtcNow().UtcDateTime);
        Task<string[]> delivery = DeliverAsync("bob@native-daemon");
        await _time.TimerAsync(TimeSpan.FromMilliseconds(200));
        File.Delete(Mailbox + ".lock");
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(["delivered"], await delivery);
    }

    [Fact]
    public async Task Lock_that_is_not_given_up_defers_and_stays()
    {
        await File.WriteAllTextAsync(Mailbox + ".lock", "1", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(Mailbox + ".lock", _time.GetUtcNow().UtcDateTime);
        Task<string[]> delivery = DeliverAsync("bob@native-daemon");
        await _time.TimerAsync(TimeSpan.FromMilliseconds(200));
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(["deferred 4.2.0"], await delivery);
        Assert.True(File.Exists(Mailbox + ".lock"));
        Assert.False(File.Exists(Mailbox));
    }

    [Fact]
    public async Task Lock_file_whose_owner_died_is_taken_away()
    {
        await File.WriteAllTextAsync(Mailbox + ".lock", "1", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(Mailbox + ".lock", _time.GetUtcNow().UtcDateTime.AddMinutes(-6));
        Task<string[]> delivery = DeliverAsync("bob@native-daemon");
        await _time.TimerAsync(TimeSpan.FromMilliseconds(200));
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(["delivered"], await delivery);
    }

    [Fact]
    public async Task Lock_of_another_program_on_the_file_is_waited_for()
    {
        await File.WriteAllTextAsync(Mailbox, "old\n", TestContext.Current.CancellationToken);
        Task<string[]> delivery;
        await using (await MailProgram.LockAsync(Mailbox))
        {
            delivery = DeliverAsync("bob@native-daemon");
            await _time.TimerAsync(TimeSpan.FromMilliseconds(200));
            Assert.True(File.Exists(Mailbox + ".lock"));
            Assert.Equal("old\n", await File.ReadAllTextAsync(Mailbox, TestContext.Current.CancellationToken));
        }

        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(["delivered"], await delivery);
        Assert.StartsWith("old\nFrom s@ext.example ", await File.ReadAllTextAsync(Mailbox, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Lock_on_the_file_that_is_not_given_up_defers_and_leaves_nothing()
    {
        await File.WriteAllTextAsync(Mailbox, "old\n", TestContext.Current.CancellationToken);
        await using MailProgram program = await MailProgram.LockAsync(Mailbox);
        Task<string[]> delivery = DeliverAsync("bob@native-daemon");
        await _time.TimerAsync(TimeSpan.FromMilliseconds(200));
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(["deferred 4.2.0"], await delivery);
        Assert.Equal("old\n", await File.ReadAllTextAsync(Mailbox, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(Mailbox + ".lock"));
    }

    [Fact]
    public async Task Other_programs_cannot_lock_the_file_while_it_is_written_to()
    {
        int opened = 0;
        bool? couldLock = null;
        Assert.Equal(["delivered"], await DeliverAsync("bob@native-daemon", open: () =>
        {
            if (++opened > 1) couldLock = MailProgram.CanLock(Mailbox);
            return new MemoryStream();
        }));
        Assert.False(couldLock);
        Assert.True(MailProgram.CanLock(Mailbox));
    }

    [Fact]
    public async Task Half_a_message_is_cut_off_again()
    {
        await File.WriteAllTextAsync(Mailbox, "From old\n\nold\n\n", TestContext.Current.CancellationToken);
        int opened = 0;
        Assert.Equal(["deferred 4.3.0"], await DeliverAsync("bob@native-daemon", open: () => ++opened == 1 ? new MemoryStream() : new BrokenStream()));
        Assert.Equal("From old\n\nold\n\n", await File.ReadAllTextAsync(Mailbox, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(Mailbox + ".lock"));
    }

    [Fact]
    public async Task Two_deliveries_at_once_leave_two_whole_messages()
    {
        string content = "Subject: x\r\n\r\n" + string.Concat(Enumerable.Repeat("line\r\n", 50_000));
        FinalDelivery delivery = new(new MboxDelivery(TimeProvider.System));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => delivery.DeliverAsync(Attempt("bob@native-daemon", content), TestContext.Current.CancellationToken)));
        string[] messages = (await File.ReadAllTextAsync(Mailbox, TestContext.Current.CancellationToken)).Split("From s@ext.example ", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, messages.Length);
        Assert.All(messages, m => Assert.Equal(50_000, m.Split('\n').Count(l => l == "line")));
    }

    private async Task<string[]> DeliverAsync(string recipient, string content = Attempts.Letter, Func<Stream>? open = null)
    {
        DeliveryAttempt attempt = Attempt(recipient, content);
        if (open is not null) attempt = attempt with { OpenMessage = _ => Task.FromResult(open()) };
        return Attempts.Words(await new FinalDelivery(new MboxDelivery(_time)).DeliverAsync(attempt, TestContext.Current.CancellationToken));
    }

    private DeliveryAttempt Attempt(string recipient, string content)
    {
        ConfigurationSnapshot snapshot = Site.Snapshot(("option.dat", old => $"{old}NATIVE_DIRECTORY={_directory.Root}\n"));
        return Attempts.For(snapshot, snapshot.Channels.FindByName(new ChannelName("native"))!, [recipient], content);
    }

    /// <summary>Another program with the mailbox open, which locks it as mail programs do (fcntl).</summary>
    private sealed class MailProgram(Process process) : IAsyncDisposable
    {
        private const string Open = "import fcntl, sys; mailbox = open(sys.argv[1], 'r+'); ";

        /// <summary>The lock is held until it is disposed of.</summary>
        public static async Task<MailProgram> LockAsync(string mailbox)
        {
            Process process = Start(mailbox, "fcntl.lockf(mailbox, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()");
            Assert.Equal("held", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            return new MailProgram(process);
        }

        /// <summary>Nobody holds a lock.</summary>
        public static bool CanLock(string mailbox)
        {
            using Process process = Start(mailbox, "\ntry: fcntl.lockf(mailbox, fcntl.LOCK_EX | fcntl.LOCK_NB)\nexcept BlockingIOError: sys.exit(3)");
            process.WaitForExit();
            return process.ExitCode switch
            {
                0 => true,
                3 => false,
                _ => throw new InvalidOperationException($"python3 ended with {process.ExitCode}"),
            };
        }

        public async ValueTask DisposeAsync()
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            process.Dispose();
        }

        private static Process Start(string mailbox, string what) => Process.Start(
            new ProcessStartInfo("python3", ["-c", Open + what, mailbox]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    /// <summary>Gives a little, then fails as a damaged queue does.</summary>
    private sealed class BrokenStream : MemoryStream
    {
        private bool _gave;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_gave) throw new QueueReadException("damaged");
            _gave = true;
            "half"u8.CopyTo(buffer.Span);
            return ValueTask.FromResult(4);
        }
    }
}
