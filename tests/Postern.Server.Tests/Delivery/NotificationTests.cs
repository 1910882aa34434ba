using MimeKit;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;
using Postern.Smtp.Replies;

namespace Postern.Server.Tests.Delivery;

/// <summary>Who is told what and when: <c>notices</c>, <c>…sendpost</c>, <c>…warnpost</c>, <c>postheadonly</c>, <c>returnaddress</c>.</summary>
public sealed class NotificationTests
{
    private const string Sender = "bob@example.com";
    private const string SenderBox = "bob@ims-ms-daemon";
    private const string PostmasterBox = "postmaster@ims-ms-daemon";

    private static readonly DeliveryFault Later = new(DeliveryPhase.RcptTo, new EnhancedCode(4, 2, 0), "greylisted", "mx.y.test", "450 4.2.0 greylisted");
    private static readonly DeliveryFault Never = new(DeliveryPhase.RcptTo, new EnhancedCode(5, 1, 1), "no such user", "mx.y.test", "550 5.1.1 no such user");

    [Fact]
    public async Task Sender_is_warned_at_each_notice_age_and_told_at_the_last()
    {
        await using Bench bench = new(new RecipientOutcome.Deferred(Later, false), "nowarnpost nosendpost notices \"PT1H\" \"PT2H\" \"PT4H\" backoff \"PT9H\"");
        QueueId id = await bench.EnqueueAsync(Sender);
        DateTimeOffset received = bench.Time.GetUtcNow();
        await bench.SettledAsync(id, RecipientState.Queued);
        foreach (int hours in (int[])[1, 2])
        {
            await bench.AdvanceAsync(received.AddHours(hours));
            Notice notice = await bench.NoticeAsync();
            Assert.Equal((SenderBox, "Delivery is delayed, but will be tried on", "delayed", "4.2.0"), (notice.To, notice.Message.Subject, notice.Status["Action"], notice.Status["Status"]));
            Assert.Equal(received.AddHours(4), DateTimeOffset.Parse(notice.Status["Will-Retry-Until"]!));
        }

        await bench.AdvanceAsync(received.AddHours(4));
        Notice last = await bench.NoticeAsync();
        Assert.Equal((SenderBox, "failed", "4.4.7"), (last.To, last.Status["Action"], last.Status["Status"]));
        await bench.SettledAsync(id, null);
        Assert.Equal(0, bench.Unread);
    }

    [Fact]
    public async Task Null_sender_is_not_warned()
    {
        await using Bench bench = new(new RecipientOutcome.Deferred(Later, false), "copywarnpost notices \"PT1H\" \"PT4H\" backoff \"PT9H\"");
        QueueId id = await bench.EnqueueAsync("");
        DateTimeOffset received = bench.Time.GetUtcNow();
        await bench.SettledAsync(id, RecipientState.Queued);
        await bench.AdvanceAsync(received.AddHours(1));
        await bench.AdvanceAsync(received.AddHours(4));
        await bench.SettledAsync(id, null);
        Assert.Equal(0, bench.Unread);
    }

    [Theory]
    [InlineData("sendpost", Sender, $"{PostmasterBox} {SenderBox}")]
    [InlineData("sendpost", "", PostmasterBox)]
    [InlineData("nosendpost", Sender, SenderBox)]
    [InlineData("nosendpost", "", "")]
    [InlineData("copysendpost", Sender, $"{PostmasterBox} {SenderBox}")]
    [InlineData("copysendpost", "", "")]
    [InlineData("copysendpost", "nobody@example.com", PostmasterBox)]
    [InlineData("errsendpost", Sender, SenderBox)]
    [InlineData("errsendpost", "nobody@example.com", PostmasterBox)]
    [InlineData("errsendpost", "", PostmasterBox)]
    [InlineData("sendpost", "postmaster@mail.example.com", PostmasterBox)]
    public async Task Postmaster_gets_a_copy_of_a_failure_as_the_channel_says(string option, string sender, string told)
    {
        await using Bench bench = new(new RecipientOutcome.Failed(Never), option);
        await bench.SettledAsync(await bench.EnqueueAsync(sender), null);
        await bench.AssertToldAsync(told);
    }

    [Theory]
    [InlineData("warnpost", "", PostmasterBox)]
    [InlineData("nowarnpost sendpost", "", "")]
    [InlineData("copywarnpost", Sender, $"{PostmasterBox} {SenderBox}")]
    [InlineData("errwarnpost", Sender, SenderBox)]
    [InlineData("errwarnpost", "nobody@example.com", PostmasterBox)]
    public async Task Postmaster_gets_a_copy_of_a_warning_as_the_channel_says(string option, string sender, string told)
    {
        await using Bench bench = new(new RecipientOutcome.Deferred(Later, false), $"{option} notices \"PT1H\" \"PT4H\" backoff \"PT9H\"");
        QueueId id = await bench.EnqueueAsync(sender);
        DateTimeOffset received = bench.Time.GetUtcNow();
        await bench.SettledAsync(id, RecipientState.Queued);
        await bench.AdvanceAsync(received.AddHours(1));
        await bench.AssertToldAsync(told);
    }

    [Fact]
    public async Task Warnings_follow_sendpost_where_the_channel_has_no_word_on_them()
    {
        // The initial configuration has copywarnpost in its defaults.
        ConfigurationSnapshot snapshot = Site.Snapshot(("postern.cnf", text => Site.WithOptions(text.Replace("copywarnpost", "", StringComparison.Ordinal), "tcp_local", "errsendpost notices \"PT1H\" \"PT4H\" backoff \"PT9H\"")));
        await using Bench bench = new(new RecipientOutcome.Deferred(Later, false), snapshot);
        QueueId id = await bench.EnqueueAsync("nobody@example.com");
        DateTimeOffset received = bench.Time.GetUtcNow();
        await bench.SettledAsync(id, RecipientState.Queued);
        await bench.AdvanceAsync(received.AddHours(1));
        Assert.Equal((PostmasterBox, "delayed"), await bench.NoticeAsync() is var notice ? (notice.To, notice.Status["Action"]) : default);
    }

    [Theory]
    [InlineData("postheadonly", "text/rfc822-headers")]
    [InlineData("postheadbody", "message/rfc822")]
    public async Task Postmaster_gets_the_header_or_all_of_it(string option, string type)
    {
        await using Bench bench = new(new RecipientOutcome.Failed(Never), $"sendpost {option}");
        string body = string.Concat(Enumerable.Repeat("line of the body\r\n", 10_000));
        await bench.EnqueueAsync("", $"Subject: hello\r\nX-Long: y\r\n\r\n{body}");
        MimeEntity returned = ((MultipartReport)(await bench.NoticeAsync()).Message.Body!)[2];
        Assert.Equal(type, returned.ContentType.MimeType);
        MimeMessage original = ((MessagePart)returned).Message!;
        Assert.Equal(("hello", "y"), (original.Subject, original.Headers["X-Long"]));
        Assert.Equal(option == "postheadbody" ? body.ReplaceLineEndings("\n") : "", original.TextBody!.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task A_copy_that_fails_breeds_no_other()
    {
        await using Bench bench = new(new RecipientOutcome.Failed(Never), "sendpost", new RecipientOutcome.Failed(Never), ("ims-ms", "sendpost"));
        await bench.SettledAsync(await bench.EnqueueAsync(""), null);
        Assert.Equal(PostmasterBox, (await bench.NoticeAsync()).To);
        await bench.EmptyAsync();
        Assert.Equal(0, bench.Unread);
    }

    [Theory]
    [InlineData("", "\"Mail Delivery System\" <postmaster@mail.example.com>")]
    [InlineData("returnaddress bounce@example.com returnpersonal \"Post Office\"", "\"Post Office\" <bounce@example.com>")]
    public async Task Notices_are_from_whom_the_channel_says(string option, string from)
    {
        await using Bench bench = new(new RecipientOutcome.Failed(Never), $"nosendpost {option}");
        await bench.EnqueueAsync(Sender);
        Assert.Equal(from, (await bench.NoticeAsync()).Message.From.ToString());
    }

    [Fact]
    public async Task A_message_too_large_for_one_of_its_channels_comes_back_for_that_one()
    {
        await using Bench bench = new(new RecipientOutcome.Delivered("ok"), "nosendpost blocklimit 1");
        await bench.EnqueueAsync(Sender, $"Subject: x\r\n\r\n{new string('y', 900)}\r\n{new string('y', 900)}\r\n");
        Notice notice = await bench.NoticeAsync();
        Assert.Equal((SenderBox, "failed", "5.3.4"), (notice.To, notice.Status["Action"], notice.Status["Status"]));
        Assert.Empty(bench.Delivery.Smtp.Attempts);
    }

    private sealed record Notice(string To, MimeMessage Message)
    {
        public HeaderList Status => ((MessageDeliveryStatus)((MultipartReport)Message.Body!)[1]).StatusGroups[1];
    }

    /// <summary>A delivery bench whose store keeps the notices it gets.</summary>
    private sealed class Bench : IAsyncDisposable
    {
        private readonly System.Threading.Channels.Channel<Notice> _notices = System.Threading.Channels.Channel.CreateUnbounded<Notice>();

        public Bench(RecipientOutcome outcome, string options, RecipientOutcome? store = null, params (string Channel, string Options)[] others)
            : this(
                outcome,
                Site.Snapshot(("postern.cnf", text => others.Append(("tcp_local", options)).Aggregate(text, (t, o) => Site.WithOptions(t, o.Item1, o.Item2)))),
                store)
        {
        }

        public Bench(RecipientOutcome outcome, ConfigurationSnapshot snapshot, RecipientOutcome? store = null)
        {
            Delivery = new DeliveryBench(
                _ => outcome,
                attempt =>
                {
                    using Stream stream = attempt.OpenMessage(default).Result;
                    Assert.Equal("", attempt.Copy.ReversePath);
                    _notices.Writer.TryWrite(new Notice(attempt.Copy.Recipients[0].Address, MimeMessage.Load(stream)));
                    return store ?? new RecipientOutcome.Delivered("stored");
                },
                snapshot);
        }

        public DeliveryBench Delivery { get; }

        public FakeTime Time => Delivery.Time;

        public int Unread => _notices.Reader.Count;

        public Task<QueueId> EnqueueAsync(string from, string content = Attempts.Letter) => Delivery.EnqueueAsync("tcp_local", "kim@y.test", from, letter: content);

        public Task<QueuedRecipient?> SettledAsync(QueueId id, RecipientState? state) => Delivery.SettledAsync(id, state);

        public async Task<Notice> NoticeAsync() => await _notices.Reader.ReadAsync(TestContext.Current.CancellationToken);

        /// <param name="told">mailboxes, separated by blanks, in any order.</param>
        public async Task AssertToldAsync(string told)
        {
            string[] expected = told.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            List<string> boxes = [];
            foreach (string _ in expected) boxes.Add((await NoticeAsync()).To);
            Assert.Equal(expected.Order(), boxes.Order());
            await EmptyAsync("ims-ms");
            Assert.Equal(0, Unread);
        }

        /// <summary>Moves the clock and waits until the attempt that falls due there was made.</summary>
        public async Task AdvanceAsync(DateTimeOffset to)
        {
            int before = Delivery.Smtp.Attempts.Count;
            Time.Advance(to - Time.GetUtcNow());
            Delivery.Wake();
            while (Delivery.Smtp.Attempts.Count == before)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                await Task.Yield();
            }

            while (await HasClaimedOrOwedAsync())
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        public async Task EmptyAsync(string? channel = null)
        {
            while ((await Delivery.Queue.TotalsAsync(TestContext.Current.CancellationToken)).Any(t => channel is null || t.Channel == channel))
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        public ValueTask DisposeAsync() => Delivery.DisposeAsync();

        private async Task<bool> HasClaimedOrOwedAsync() =>
            (await Delivery.Queue.TotalsAsync(TestContext.Current.CancellationToken)).Any(t => t.Recipients.Claimed > 0 || t.Channel != "tcp_local")
            || !(await Delivery.Queue.PendingNotificationsAsync(TestContext.Current.CancellationToken)).IsEmpty;
    }
}
