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
    [InlineData(DsnNotify.None, SenderBox)]
    [InlineData(DsnNotify.Delay, SenderBox)]
    [InlineData(DsnNotify.Failure, "")]
    [InlineData(DsnNotify.Success, "")]
    [InlineData(DsnNotify.Never, "")]
    public async Task Warning_is_for_who_did_not_exclude_it(DsnNotify notify, string told)
    {
        await using Bench bench = new(new RecipientOutcome.Deferred(Later, false), "nowarnpost notices \"PT1H\" \"PT4H\" backoff \"PT9H\"");
        QueueId id = await bench.Delivery.EnqueueAsync("tcp_local", "kim@y.test", Sender, notify: notify);
        DateTimeOffset received = bench.Time.GetUtcNow();
        await bench.SettledAsync(id, RecipientState.Queued);
        await bench.AdvanceAsync(received.AddHours(1));
        await bench.AssertToldAsync(told);
    }

    [Theory]
    [InlineData(DsnNotify.None, SenderBox)]
    [InlineData(DsnNotify.Failure, SenderBox)]
    [InlineData(DsnNotify.Delay, "")]
    [InlineData(DsnNotify.Success, "")]
    [InlineData(DsnNotify.Never, "")]
    public async Task Giving_up_is_told_to_who_did_not_exclude_failures(DsnNotify notify, string told)
    {
        await using Bench bench = new(new RecipientOutcome.Deferred(Later, false), "nosendpost notices \"PT4H\" backoff \"PT9H\"");
        QueueId id = await bench.Delivery.EnqueueAsync("tcp_local", "kim@y.test", Sender, notify: notify);
        DateTimeOffset received = bench.Time.GetUtcNow();
        await bench.SettledAsync(id, RecipientState.Queued);
        bench.Time.Advance(received.AddHours(4) - bench.Time.GetUtcNow());
        bench.Delivery.Wake();
        await bench.SettledAsync(id, null);
        await bench.AssertToldAsync(told);
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

    /// <summary>Without RET a small message comes back whole.</summary>
    [Theory]
    [InlineData("", 64 * 1024, "message/rfc822")]
    [InlineData("", (64 * 1024) + 1, "text/rfc822-headers")]
    [InlineData("CONTENT_RETURN_BLOCK_LIMIT=1\n", 1024, "message/rfc822")]
    [InlineData("CONTENT_RETURN_BLOCK_LIMIT=1\n", 1025, "text/rfc822-headers")]
    [InlineData("CONTENT_RETURN_BLOCK_LIMIT=0\n", 100, "text/rfc822-headers")]
    public async Task Small_messages_come_back_whole(string options, int size, string type)
    {
        await using Bench bench = new(new RecipientOutcome.Failed(Never), Quiet("", options));
        await bench.EnqueueAsync(Sender, Message(size));
        Assert.Equal(type, (await bench.NoticeAsync()).Returned.ContentType.MimeType);
    }

    /// <summary>Without RET a warning shows the beginning of the text.</summary>
    [Theory]
    [InlineData("", ReturnContent.Unspecified, "message/rfc822", 20)]
    [InlineData("LINES_TO_RETURN=3\n", ReturnContent.Unspecified, "message/rfc822", 3)]
    [InlineData("LINES_TO_RETURN=100\n", ReturnContent.Unspecified, "message/rfc822", 30)]
    [InlineData("LINES_TO_RETURN=0\n", ReturnContent.Unspecified, "text/rfc822-headers", 0)]
    [InlineData("", ReturnContent.Full, "text/rfc822-headers", 0)]
    [InlineData("", ReturnContent.Headers, "text/rfc822-headers", 0)]
    public async Task Warnings_show_the_beginning_of_the_text(string options, ReturnContent asked, string type, int lines)
    {
        await using Bench bench = new(new RecipientOutcome.Deferred(Later, false), Quiet("nowarnpost notices \"PT1H\" \"PT4H\" backoff \"PT9H\"", options));
        string text = string.Concat(Enumerable.Range(1, 30).Select(i => $"line {i}\r\n"));
        QueueId id = await bench.Delivery.EnqueueAsync("tcp_local", "kim@y.test", Sender, letter: $"Subject: hello\r\nX-Long: y\r\n\r\n{text}", returned: asked);
        DateTimeOffset received = bench.Time.GetUtcNow();
        await bench.SettledAsync(id, RecipientState.Queued);
        await bench.AdvanceAsync(received.AddHours(1));
        MimeEntity returned = (await bench.NoticeAsync()).Returned;
        Assert.Equal(type, returned.ContentType.MimeType);
        MimeMessage original = ((MessagePart)returned).Message!;
        Assert.Equal(("hello", "y"), (original.Subject, original.Headers["X-Long"]));
        Assert.Equal(Enumerable.Range(1, lines).Select(i => $"line {i}"), (original.TextBody ?? "").ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Fields_that_a_notice_shows_are_those_of_the_header_option_file()
    {
        ConfigurationSnapshot snapshot = Site.Snapshot(
            ("postern.cnf", text => Site.WithOptions(text, "tcp_local", "nosendpost")),
            ("notifications/return_prefix.txt", _ => "%H"),
            ("notifications/return_header.opt", _ => "Other: MAXIMUM=0\nSubject: RELABEL=\"Betreff\", PRECEDENCE=-1\nX-A: MAXIMUM=2\n"));
        await using Bench bench = new(new RecipientOutcome.Failed(Never), snapshot);
        await bench.EnqueueAsync(Sender, "X-A: 1\r\nX-A: 2\r\nX-A: 3\r\nX-B: 4\r\nSubject: =?utf-8?q?gr=C3=BCn?=\r\n\r\nhello\r\n");
        Assert.StartsWith("  Betreff: gr\u00fcn\n  X-A: 1\n  X-A: 2\nYour message", (await bench.NoticeAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_larger_than_its_sender_takes_does_not_come_back_whole()
    {
        ConfigurationSnapshot snapshot = Site.Snapshot(("postern.cnf", text => Site.WithOptions(Site.WithOptions(text, "tcp_local", "nosendpost"), "ims-ms", "blocklimit 4")));
        await using Bench bench = new(new RecipientOutcome.Failed(Never), snapshot);
        await bench.EnqueueAsync(Sender, Message(4097));
        Assert.Equal("text/rfc822-headers", (await bench.NoticeAsync()).Returned.ContentType.MimeType);
    }

    [Fact]
    public async Task Host_that_took_the_message_is_named_when_it_does_not_report_itself()
    {
        RecipientOutcome.Delivered taken = new("mx.y.test: 250 2.1.5 ok", SuccessReport.Relayed) { Remote = new LastReply(new EnhancedCode(2, 1, 5), "mx.y.test", "250 2.1.5 ok") };
        await using Bench bench = new(taken, "nosendpost");
        await bench.Delivery.EnqueueAsync("tcp_local", "kim@y.test", Sender, notify: DsnNotify.Success);
        Notice notice = await bench.NoticeAsync();
        Assert.Equal(
            ("relayed", "2.1.5", "dns; mx.y.test", "smtp; 250 2.1.5 ok"),
            (notice.Status["Action"], notice.Status["Status"], notice.Status["Remote-MTA"], notice.Status["Diagnostic-Code"]));
    }

    [Theory]
    [InlineData("", "rfc822; kim@y.test", "smtp; 550 5.1.1 no such user")]
    [InlineData("suppressfinal", "rfc822; info@example.com", null)]
    public async Task Address_that_a_recipient_became_is_shown_unless_the_channel_suppresses_it(string option, string final, string? diagnostic)
    {
        await using Bench bench = new(new RecipientOutcome.Failed(Never), $"nosendpost {option}");
        await bench.Delivery.EnqueueAsync("tcp_local", "kim@y.test", Sender, original: "rfc822;info@example.com", returned: ReturnContent.Headers);
        Notice notice = await bench.NoticeAsync();
        Assert.Equal((final, diagnostic), (notice.Status["Final-Recipient"], notice.Status["Diagnostic-Code"]));
        Assert.Equal(option.Length == 0, notice.Text.Contains("kim@y.test", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", 3)]
    [InlineData("HISTORY_TO_RETURN=2\n", 2)]
    [InlineData("HISTORY_TO_RETURN=0\n", 0)]
    public async Task Attempts_are_told_with_the_failure(string options, int told)
    {
        int attempts = 0;
        await using Bench bench = new(
            _ => Interlocked.Increment(ref attempts) < 3 ? new RecipientOutcome.Deferred(Later, false) : new RecipientOutcome.Failed(Never), Quiet("backoff \"PT1H\"", options));
        QueueId id = await bench.EnqueueAsync(Sender);
        await bench.SettledAsync(id, RecipientState.Queued);
        for (int i = 0; i < 2; i++) await bench.AdvanceAsync(bench.Time.GetUtcNow().AddHours(2));
        string text = (await bench.NoticeAsync()).Text;
        Assert.Equal(told, text.Split('\n').Count(l => l.TrimStart().StartsWith("2026-05-04 ", StringComparison.Ordinal)));
        Assert.Equal(told == 3, text.Contains("2026-05-04 08:00:00Z mx.y.test 450 4.2.0 greylisted", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("tcp_local", "", 10)]
    [InlineData("tcp_local", "DSN_RATE=2\n", 2)]
    [InlineData("tcp_local", "DSN_RATE=0\n", 12)]
    [InlineData("tcp_intranet", "DSN_RATE=2\n", 12)]
    public async Task Nobody_is_told_more_in_a_minute_about_mail_of_strangers(string source, string options, int told)
    {
        await using Bench bench = new(new RecipientOutcome.Failed(Never), Quiet("", options));
        for (int i = 0; i < 12; i++) await bench.SettledAsync(await bench.Delivery.EnqueueAsync("tcp_local", "kim@y.test", Sender, source: source), null);
        await bench.EmptyAsync();
        Assert.Equal(told, bench.Unread);
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        await bench.SettledAsync(await bench.Delivery.EnqueueAsync("tcp_local", "kim@y.test", Sender, source: source), null);
        await bench.EmptyAsync();
        Assert.Equal(told + 1, bench.Unread);
    }

    [Theory]
    [InlineData("", "Undelivered mail returned to sender", "could not be delivered")]
    [InlineData("Accept-Language: fr, en\r\n", "Undelivered mail returned to sender", "could not be delivered")]
    [InlineData("Accept-Language: de-AT, en\r\n", "Nicht zugestellt", "Ihre Nachricht konnte nicht zugestellt werden:")]
    public async Task Notices_are_in_the_language_that_the_table_chooses(string field, string subject, string words)
    {
        ConfigurationSnapshot snapshot = Site.Snapshot(
            ("postern.cnf", text => Site.WithOptions(text, "tcp_local", "nosendpost")),
            ("option.dat", text => text + "NOTIFICATION_LANGUAGES=de\n"),
            ("mappings", text => text + "\nNOTIFICATION_LANGUAGE\n\n  failed|tcp_local|de*|bob@example.com|kim@y.test  $Ide\n"),
            ("notifications/de/return_failed.txt", _ => "Ihre Nachricht konnte nicht zugestellt werden:\n\n%R"),
            ("notifications/de/return_prefix.txt", _ => "%h meldet: \u00fc\n"),
            ("notifications/de/return_option.dat", _ => "SUBJECT_FAILED=Nicht zugestellt\n5.1.1=Die Adresse gibt es nicht.\n"));
        await using Bench bench = new(new RecipientOutcome.Failed(Never), snapshot);
        await bench.EnqueueAsync(Sender, field + Attempts.Letter);
        Notice notice = await bench.NoticeAsync();
        Assert.Equal(subject, notice.Message.Subject);
        Assert.Contains(words, notice.Text, StringComparison.Ordinal);
        Assert.Equal(subject == "Nicht zugestellt", notice.Text.Contains("mail.example.com meldet: \u00fc\n  ", StringComparison.Ordinal) || notice.Text.Contains("Die Adresse gibt es nicht.", StringComparison.Ordinal));
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

    private static ConfigurationSnapshot Quiet(string options, string optionFile) => Site.Snapshot(
        ("postern.cnf", text => Site.WithOptions(text, "tcp_local", $"nosendpost {options}")), ("option.dat", text => text + optionFile));

    /// <summary>A message of so many octets.</summary>
    private static string Message(int size)
    {
        string head = "Subject: x\r\n\r\n";
        string body = string.Concat(Enumerable.Repeat(new string('y', 70) + "\r\n", 1000))[..(size - head.Length - 2)].TrimEnd('\r', '\n');
        return $"{head}{body.PadRight(size - head.Length - 2, 'z')}\r\n";
    }

    private sealed record Notice(string To, MimeMessage Message)
    {
        public MimeEntity Returned => ((MultipartReport)Message.Body!)[2];

        public string Text => ((TextPart)((MultipartReport)Message.Body!)[0]).Text.ReplaceLineEndings("\n");

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
            : this(_ => outcome, snapshot, store)
        {
        }

        public Bench(Func<DeliveryAttempt, RecipientOutcome> outcome, ConfigurationSnapshot snapshot, RecipientOutcome? store = null)
        {
            Delivery = new DeliveryBench(
                outcome,
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
