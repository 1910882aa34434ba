using System.Buffers;
using System.Text;
using Postern.Policy.Configuration;
using Postern.Server.Logs;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Logs;

public sealed class LineLogTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<LogLoss> _losses = [];

    private string Name => _directory.Combine("log", "lines");

    [Fact]
    public async Task Lines_come_out_as_they_went_in()
    {
        await using LineLog<string> log = new(File(Name), Format, _losses.Add);
        for (int i = 0; i < 1000; i++) log.Write($"{i}");
        await log.FlushAsync();
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"{i}"), await System.IO.File.ReadAllLinesAsync(Name, TestContext.Current.CancellationToken));
        Assert.Empty(_losses);
    }

    [Fact]
    public async Task Who_logs_never_waits_and_what_finds_no_room_is_counted()
    {
        using ManualResetEventSlim begun = new(), disk = new();
        LineLog<string> log = new(
            File(Name),
            (line, output) =>
            {
                begun.Set();
                disk.Wait(TestContext.Current.CancellationToken);
                Format(line, output);
            },
            _losses.Add,
            capacity: 4);
        log.Write("being written");
        begun.Wait(TestContext.Current.CancellationToken);

        // The disk stands still, and yet all of these come back.
        for (int i = 0; i < 10; i++) log.Write($"{i}");
        Assert.Equal(6, log.Lost);
        disk.Set();
        await log.DisposeAsync();
        Assert.Equal(["being written", "0", "1", "2", "3"], await System.IO.File.ReadAllLinesAsync(Name, TestContext.Current.CancellationToken));
        Assert.Equal([new LogLoss(Name, 6, null)], _losses);
    }

    [Fact]
    public async Task Failing_disk_is_told_once_and_the_log_goes_on_when_it_can()
    {
        // A file stands where the directory has to be.
        await System.IO.File.WriteAllTextAsync(_directory.Combine("log"), "", TestContext.Current.CancellationToken);
        await using LineLog<string> log = new(File(Name), Format, _losses.Add);
        for (int i = 0; i < 3; i++) log.Write($"lost {i}");
        await log.FlushAsync();
        Assert.NotNull(Assert.Single(_losses).Failure);
        Assert.Equal(3, log.Lost);

        System.IO.File.Delete(_directory.Combine("log"));
        log.Write("written");
        await log.FlushAsync();
        Assert.Equal(["written"], await System.IO.File.ReadAllLinesAsync(Name, TestContext.Current.CancellationToken));
        Assert.Equal(3, _losses[^1].Lines);
        Assert.Null(_losses[^1].Failure);
    }

    /// <summary>A line may need a file of its own to be made: the key of hashed addresses.</summary>
    [Fact]
    public async Task Line_that_cannot_be_made_is_lost_alone()
    {
        await using LineLog<string> log = new(
            File(Name),
            (line, output) =>
            {
                Format(line[..1], output);
                if (line == "bad") throw new IOException("no key");
            },
            _losses.Add);
        foreach (string line in (string[])["a", "bad", "c"]) log.Write(line);
        await log.FlushAsync();
        Assert.Equal(["a", "c"], await System.IO.File.ReadAllLinesAsync(Name, TestContext.Current.CancellationToken));
        Assert.Equal(1, log.Lost);
        Assert.Equal("no key", _losses[0].Failure?.Message);
    }

    [Fact]
    public async Task What_was_handed_over_is_written_before_the_log_closes()
    {
        LineLog<string> log = new(File(Name), Format, _losses.Add);
        for (int i = 0; i < 100; i++) log.Write($"{i}");
        await log.DisposeAsync();
        Assert.Equal(100, (await System.IO.File.ReadAllLinesAsync(Name, TestContext.Current.CancellationToken)).Length);
    }

    public void Dispose() => _directory.Dispose();

    private static void Format(string line, IBufferWriter<byte> output) => output.Write(Encoding.UTF8.GetBytes(line));

    private static RotatingFile File(string name) => new(new LogFiles(name), () => LogOptions.Default, TimeProvider.System);
}
