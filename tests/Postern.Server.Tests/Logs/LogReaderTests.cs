using System.Text;
using Postern.Policy.Configuration;
using Postern.Server.Logs;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Logs;

public sealed class LogReaderTests : IDisposable
{
    private const string Enqueued =
        """{"k":"en","ts":"2026-05-04T08:01:22.114502Z","si":"7f3a","sc":"tcp_submit","dc":"tcp_local","ac":"EESA","sz":9411,"so":"bob@example.com","od":"rfc822;kim@y.test","de":"kim@y.test","qi":"01JC4Q7Z8M","mi":"<a1@example.com>","us":"bob@example.com"}""";

    private const string Columns = "04-May-2026 08:00:00.00 tcp_local    ims-ms       EE   1 s@ext.example rfc822;bob@example.com bob@ims-ms-daemon";

    private readonly TemporaryDirectory _directory = new();

    private LogFiles Files => new(_directory.Combine("log", "mail.log_current"));

    [Theory]
    [InlineData("", null, null, null, null, true)]
    [InlineData("E", null, null, null, null, true)]
    [InlineData("de", null, null, null, null, true)]
    [InlineData("DR", null, null, null, null, false)]
    [InlineData("S", null, null, null, null, false)]
    [InlineData("", "tcp_submit", null, null, null, true)]
    [InlineData("", "TCP_LOCAL", null, null, null, true)]
    [InlineData("", "tcp", null, null, null, false)]
    [InlineData("", null, "Kim@y", null, null, true)]
    [InlineData("", null, "ann", null, null, false)]
    [InlineData("", null, null, "01JC4Q7Z8M", null, true)]
    [InlineData("", null, null, "a1@example.com", null, true)]
    [InlineData("", null, null, "01JC", null, false)]
    [InlineData("", null, null, null, "7f3a", true)]
    [InlineData("E", "tcp_local", "bob", "01JC4Q7Z8M", "7f3b", false)]
    public void Line_of_json_is_asked_by_its_fields(string letters, string? channel, string? address, string? message, string? session, bool takes) =>
        Assert.Equal(takes, new TransactionFilter(letters, channel, address, message, session).Takes(Enqueued));

    [Theory]
    [InlineData("E", null, null, true)]
    [InlineData("D", null, null, false)]
    [InlineData("", "ims-ms", null, true)]
    [InlineData("", "bitbucket", null, false)]
    [InlineData("E", "tcp_local", "bob@", true)]
    public void Line_of_columns_is_asked_by_place(string letters, string? channel, string? address, bool takes) =>
        Assert.Equal(takes, new TransactionFilter(letters, channel, address).Takes(Columns));

    [Theory]
    [InlineData("")]
    [InlineData("{\"k\":\"en\",\"ac\":\"E")]
    public void Line_that_was_cut_short_is_passed_over(string line) => Assert.False(new TransactionFilter("E").Takes(line));

    [Fact]
    public async Task Finished_files_come_first_in_order()
    {
        using RotatingFile file = new(Files, () => new LogOptions { FileSize = 8 }, new FakeTime());
        for (int i = 0; i < 7; i++) file.Write(Encoding.UTF8.GetBytes($"{i}\n"));
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6"], await ReadAsync());
    }

    [Fact]
    public async Task Log_that_was_never_written_is_empty() => Assert.Empty(await ReadAsync());

    [Fact]
    public async Task Follower_sees_new_lines_over_a_rotation()
    {
        LogOptions options = new() { FileSize = 0, FileAge = TimeSpan.Zero };
        FakeTime time = new();
        using RotatingFile file = new(Files, () => options, TimeProvider.System);
        file.Write("before\n"u8);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using IAsyncEnumerator<string> lines = new LogReader(Files, time).ReadAsync(follow: true, onlyNew: true, stop.Token).GetAsyncEnumerator(stop.Token);
        ValueTask<bool> next = lines.MoveNextAsync();
        await time.TimerAsync(TimeSpan.FromMilliseconds(200));
        file.Write("one\ntw"u8);
        Assert.Equal("one", await ComesAsync());
        file.Write("o\n"u8);
        options = options with { FileSize = 1 };
        file.Write("three\n"u8);
        Assert.Equal("two", await ComesAsync());
        Assert.Equal("three", await ComesAsync());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.AsTask());

        async Task<string> ComesAsync()
        {
            while (!next.IsCompleted)
            {
                time.Advance(TimeSpan.FromMilliseconds(200));
                await Task.Yield();
            }

            Assert.True(await next);
            string line = lines.Current;
            next = lines.MoveNextAsync();
            return line;
        }
    }

    [Fact]
    public void Decision_is_found_in_a_finished_file()
    {
        LogFiles files = new(_directory.Combine("decisions.jsonl"));
        using RotatingFile file = new(files, () => new LogOptions { FileSize = 1 }, new FakeTime());
        foreach (string id in (string[])["aaaa", "bbbb", "cccc"]) file.Write(Encoding.UTF8.GetBytes($"{{\"id\":\"{id}\"}}\n"));
        Assert.Equal("{\"id\":\"aaaa\"}", DecisionLog.Find(files.Current, "aaaa"));
        Assert.Equal("{\"id\":\"cccc\"}", DecisionLog.Find(files.Current, "cccc"));
        Assert.Null(DecisionLog.Find(files.Current, "dddd"));
    }

    public void Dispose() => _directory.Dispose();

    private async Task<List<string>> ReadAsync()
    {
        List<string> lines = [];
        await foreach (string line in new LogReader(Files, TimeProvider.System).ReadAsync(follow: false, onlyNew: false, TestContext.Current.CancellationToken)) lines.Add(line);
        return lines;
    }
}
