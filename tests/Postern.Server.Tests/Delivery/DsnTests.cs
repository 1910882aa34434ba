using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Tests.Harness;
using Postern.Smtp.Replies;

namespace Postern.Server.Tests.Delivery;

/// <summary>RFC 3461 from the session through the queue to the next hop, and back to the sender.</summary>
public sealed class DsnTests
{
    private static readonly ConfigurationSnapshot Snapshot = Site.Snapshot();
    private static readonly DeliveryFault NoSuchUser = new(DeliveryPhase.RcptTo, new EnhancedCode(5, 1, 1), "no such user", "mx.y.test", "550 5.1.1 no such user");

    [Fact]
    public async Task What_a_client_asked_for_is_in_the_queue()
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        await client.SayAsync("MAIL FROM:<bob@example.com> RET=FULL ENVID=Q+2B1");
        await client.SayAsync("RCPT TO:<kim@y.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Kim+2Bx@z.test");
        await client.SayAsync("RCPT TO:<lee@y.test>");
        await client.SayAsync("DATA");
        Assert.StartsWith("250", await client.SayAsync("Subject: x\r\n\r\ny\r\n."));
        QueuedMessage message = (await bench.Queue.FindAsync((await bench.ListAsync())[0].Id, TestContext.Current.CancellationToken))!;
        Assert.Equal(("Q+1", ReturnContent.Full), (message.Envelope.EnvelopeId, message.Envelope.Return));
        QueuedRecipient[] recipients = [.. message.Copies.SelectMany(c => c.Recipients).OrderBy(r => r.Address)];
        Assert.Equal((DsnNotify.Success | DsnNotify.Delay, "rfc822;Kim+x@z.test"), (recipients[0].Notify, recipients[0].OriginalRecipient));
        Assert.Equal(DsnNotify.None, recipients[1].Notify);
    }

    [Fact]
    public async Task A_group_of_ours_reports_itself_when_the_message_is_queued()
    {
        ConfigurationSnapshot snapshot = Site.Snapshot(("aliases", text => text + "\nstaff: bob@example.com, carl@example.com\n"));
        await using ServerBench bench = new(snapshot);
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        await client.SayAsync("MAIL FROM:<kim@y.test>");
        await client.SayAsync("RCPT TO:<staff@example.com> NOTIFY=SUCCESS ORCPT=rfc822;all@z.test");
        await client.SayAsync("DATA");
        Assert.StartsWith("250", await client.SayAsync("Subject: x\r\n\r\ny\r\n."));
        PendingNotification owed = Assert.Single(await bench.Queue.PendingNotificationsAsync(TestContext.Current.CancellationToken));
        QueuedRecipient report = Assert.Single(owed.Recipients);
        Assert.Equal(("kim@y.test", "staff@example.com", "rfc822;all@z.test", RecipientState.Expanded), (owed.ReversePath, report.Address, report.OriginalRecipient, report.State));
    }

    [Theory]
    [InlineData(DsnNotify.None, "s@ext.example", "MAIL FROM:<s@ext.example> SIZE=30 RET=HDRS ENVID=a+20b", "RCPT TO:<a@x.test> ORCPT=rfc822;A+2B@x")]
    [InlineData(DsnNotify.Never, "s@ext.example", "MAIL FROM:<s@ext.example> SIZE=30 RET=HDRS ENVID=a+20b", "RCPT TO:<a@x.test> NOTIFY=NEVER ORCPT=rfc822;A+2B@x")]
    [InlineData(DsnNotify.Success | DsnNotify.Failure | DsnNotify.Delay, "s@ext.example", "MAIL FROM:<s@ext.example> SIZE=30 RET=HDRS ENVID=a+20b", "RCPT TO:<a@x.test> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;A+2B@x")]
    [InlineData(DsnNotify.Failure, "", "MAIL FROM:<> SIZE=30 RET=HDRS ENVID=a+20b", "RCPT TO:<a@x.test> NOTIFY=NEVER ORCPT=rfc822;A+2B@x")]
    public async Task A_host_with_DSN_gets_it_all_and_will_report(DsnNotify notify, string from, string mail, string rcpt)
    {
        await using SmtpSink sink = new(("EHLO", ["250-sink.test\r\n250-DSN\r\n250 SIZE"]));
        RecipientOutcome outcome = Assert.Single(await DeliverAsync(sink, notify, from));
        Assert.Equal(SuccessReport.PassedOn, Assert.IsType<RecipientOutcome.Delivered>(outcome).Report);
        Assert.Equal([mail, rcpt], sink.Commands.Skip(1).Take(2));
    }

    [Fact]
    public async Task A_host_without_DSN_gets_nothing_of_it_and_we_report()
    {
        await using SmtpSink sink = new();
        RecipientOutcome outcome = Assert.Single(await DeliverAsync(sink, DsnNotify.Success, "s@ext.example"));
        Assert.Equal(SuccessReport.Relayed, Assert.IsType<RecipientOutcome.Delivered>(outcome).Report);
        Assert.Equal(["MAIL FROM:<s@ext.example> SIZE=30", "RCPT TO:<a@x.test>"], sink.Commands.Skip(1).Take(2));
    }

    [Theory]
    [InlineData(SuccessReport.Delivered, DsnNotify.Success, "delivered")]
    [InlineData(SuccessReport.Relayed, DsnNotify.Success | DsnNotify.Failure, "relayed")]
    [InlineData(SuccessReport.PassedOn, DsnNotify.Success, null)]
    [InlineData(SuccessReport.Delivered, DsnNotify.None, null)]
    [InlineData(SuccessReport.Relayed, DsnNotify.Failure, null)]
    [InlineData(SuccessReport.Relayed, DsnNotify.Never, null)]
    public async Task Success_is_reported_to_who_asked_for_it(SuccessReport report, DsnNotify notify, string? action)
    {
        MimeMessage? notice = await NoticeAsync(new RecipientOutcome.Delivered("ok", report), notify, ReturnContent.Full);
        Assert.Equal((action, action is null ? null : "2.0.0"), (Status(notice, "Action"), Status(notice, "Status")));
        if (notice is not null) Assert.Equal("text/rfc822-headers", ((MultipartReport)notice.Body!)[2].ContentType.MimeType);
    }

    [Theory]
    [InlineData(DsnNotify.None, "failed")]
    [InlineData(DsnNotify.Failure, "failed")]
    [InlineData(DsnNotify.Success | DsnNotify.Delay, null)]
    [InlineData(DsnNotify.Never, null)]
    public async Task Failure_is_reported_unless_the_sender_wants_no_news_of_it(DsnNotify notify, string? action) =>
        Assert.Equal(action, Status(await NoticeAsync(new RecipientOutcome.Failed(NoSuchUser), notify, ReturnContent.Unspecified), "Action"));

    [Theory]
    [InlineData(ReturnContent.Full, "message/rfc822")]
    [InlineData(ReturnContent.Headers, "text/rfc822-headers")]
    [InlineData(ReturnContent.Unspecified, "message/rfc822")]
    public async Task A_failure_returns_as_much_as_the_sender_said(ReturnContent returned, string type)
    {
        MimeMessage? notice = await NoticeAsync(new RecipientOutcome.Failed(NoSuchUser), DsnNotify.None, returned);
        Assert.Equal(type, ((MultipartReport)notice!.Body!)[2].ContentType.MimeType);
    }

    /// <summary>Sends one message to its outcome and returns what its sender is told, null for nothing.</summary>
    private static async Task<MimeMessage?> NoticeAsync(RecipientOutcome outcome, DsnNotify notify, ReturnContent returned)
    {
        MimeMessage? notice = null;
        ConfigurationSnapshot quiet = Site.Snapshot(("postern.cnf", text => Site.WithOptions(text, "tcp_local", "nosendpost")));
        await using DeliveryBench bench = new(
            _ => outcome,
            attempt =>
            {
                using Stream stream = attempt.OpenMessage(default).Result;
                notice = MimeMessage.Load(stream);
                return new RecipientOutcome.Delivered("stored");
            },
            quiet);
        QueueId id = await bench.EnqueueAsync("tcp_local", "kim@y.test", "bob@example.com", notify: notify, returned: returned);
        await bench.SettledAsync(id, null);
        while ((await bench.Queue.TotalsAsync(TestContext.Current.CancellationToken)).Any())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        return notice;
    }

    private static string? Status(MimeMessage? notice, string field) =>
        notice is null ? null : ((MessageDeliveryStatus)((MultipartReport)notice.Body!)[1]).StatusGroups[1][field];

    private static Task<ImmutableArray<RecipientOutcome>> DeliverAsync(SmtpSink sink, DsnNotify notify, string from) =>
        new SmtpDelivery(new FixedRoute(sink.Target), TimeProvider.System, NullLogger.Instance).DeliverAsync(
            Attempts.For(
                Snapshot, Snapshot.Channels.FindByName(new("tcp_local"))!, ["a@x.test"], from: from, original: "rfc822;A+@x", notify: notify, envelopeId: "a b", returned: ReturnContent.Headers),
            TestContext.Current.CancellationToken);
}
