using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;
using Postern.Smtp.Replies;

namespace Postern.Server.Tests.Delivery;

/// <summary>
/// The disk refuses one operation, whichever it is: no message is lost, none is delivered twice that was accepted once, and
/// its sender gets one notification. The client repeats what it got no 250 for.
/// </summary>
public sealed class FailingQueueTests
{
    private const string Good = "good@y.test";
    private const string Bad = "bad@y.test";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whichever_operation_the_disk_refuses_mail_is_delivered_once(bool afterTheFact)
    {
        int operation = 0;
        while (await RunAsync(operation, afterTheFact)) operation++;
        Assert.InRange(operation, 12, 1000);
    }

    /// <summary>False: everything was done before that operation came.</summary>
    private static async Task<bool> RunAsync(int failing, bool afterTheFact)
    {
        FailingQueue? disk = null;
        DeliveryBench bench = new(
            attempt => attempt.Copy.Recipients[0].Address == Bad
                ? new RecipientOutcome.Failed(new DeliveryFault(DeliveryPhase.RcptTo, new EnhancedCode(5, 1, 1), "no such user"))
                : new RecipientOutcome.Delivered("250 ok"),
            disk: queue => disk = new FailingQueue(queue, failing, afterTheFact));
        int good = await SendAsync(bench, Good, afterTheFact);
        int bad = await SendAsync(bench, Bad, afterTheFact);
        while ((await bench.Queue.TotalsAsync(TestContext.Current.CancellationToken)).Count > 0) await PassTimeAsync(bench);

        // A record that was reported as failed may still wait to be repeated.
        Task end = bench.DisposeAsync().AsTask();
        while (!end.IsCompleted) await PassTimeAsync(bench);

        string at = $"operation {failing}";
        Assert.Equal((at, good), (at, bench.Smtp.Attempts.Count(a => a.Copy.Recipients[0].Address == Good)));
        Assert.Equal((at, bad), (at, bench.Smtp.Attempts.Count(a => a.Copy.Recipients[0].Address == Bad)));
        Assert.Equal((at, bad), (at, bench.Smtp.Attempts.Count(a => a.Copy.ReversePath.Length == 0 && a.Copy.Recipients[0].Address == "s@ext.example")));
        return disk!.HasFailed;
    }

    private static async Task PassTimeAsync(DeliveryBench bench)
    {
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        await Task.Yield();
        TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>How often the message is in the queue at the end: once, and once more where a refusal had reached the disk.</summary>
    private static async Task<int> SendAsync(DeliveryBench bench, string recipient, bool afterTheFact)
    {
        for (int copies = 1; ; copies += afterTheFact ? 1 : 0)
        {
            try
            {
                await bench.EnqueueAsync("tcp_local", recipient);
                return copies;
            }
            catch (QueueWriteException)
            {
                bench.Wake();
            }
        }
    }
}
