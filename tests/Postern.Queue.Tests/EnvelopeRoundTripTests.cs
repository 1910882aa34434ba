using CsCheck;
using Xunit;

namespace Postern.Queue.Tests;

/// <summary>
/// "21Nails" (CVE-2020-28021 and its kin): text of an envelope that became records of its own in a queue file. Here every text comes back as it went in,
/// line ends and all, and nothing else comes with it.
/// </summary>
public sealed class EnvelopeRoundTripTests
{
    private static readonly Gen<string> Text = Gen.OneOf(
            Gen.Char[' ', '~'], Gen.Char["\r\n\t\v\u0001\u007F\u0085\u2028'\"\\;|%$"], Gen.Char['\u00A0', '\u04FF'])
        .Array[1, 40].Select(c => new string(c));

    [Fact]
    public async Task What_is_written_is_read_again_by_the_store_on_disk()
    {
        using ScratchDirectory scratch = new();
        await using SqliteQueueStore store = SqliteQueueStore.Open(scratch.Queue, new ManualTime(), new SqliteQueueOptions(), faults: null);
        await SampleAsync(store);
    }

    [Fact]
    public async Task What_is_written_is_read_again_by_the_store_in_memory()
    {
        await using MemoryQueueStore store = new(new ManualTime());
        await SampleAsync(store);
    }

    private static async Task SampleAsync(IQueueStore store) => await Gen.Select(Text, Text, Text, Text.Array[1, 5], Text.Array[6]).SampleAsync(
        async (sender, envelopeId, owner, recipients, others) =>
        {
            QueueId id = QueueId.New(new ManualTime());
            Envelope envelope = new(
                id, sender, envelopeId, ReturnContent.Full, SmtpUtf8: true, BodyType.EightBitMime, ManualTime.Start, others[0], others[1], others[2], others[3], ParentId: null);
            NewCopy copy = new("tcp_local", owner, "Received: x\r\n"u8.ToArray(), HoldReason: others[4],
                [.. recipients.Select(r => new NewRecipient(r, r.ToLowerInvariant(), $"rfc822;{r}", DsnNotify.Failure, Checked: true, ShownAs: others[5]))]);
            await using (IStagedMessage staged = store.Stage(id))
            {
                await staged.WriteAsync("Subject: x\r\n\r\n"u8.ToArray(), Mail.None);
                await store.CommitAsync(staged, envelope, [copy], [], Mail.None);
            }

            QueuedMessage message = (await store.FindAsync(id, Mail.None))!;
            Assert.Equal(envelope, message.Envelope);
            QueuedCopy read = Assert.Single(message.Copies);
            Assert.Equal((owner, "tcp_local"), (read.ReversePath, read.Channel));
            Assert.Equal(
                recipients.Select(r => (r, r.ToLowerInvariant(), $"rfc822;{r}", others[5])),
                read.Recipients.Select(r => (r.Address, r.Host, r.OriginalRecipient!, r.ShownAs!)));
        },
        iter: 300,
        threads: 1,
        seed: "0000000000005");
}
