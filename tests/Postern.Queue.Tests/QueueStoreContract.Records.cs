using Xunit;

namespace Postern.Queue.Tests;

/// <summary>Results that come together.</summary>
public abstract partial class QueueStoreContract
{
    [Fact]
    public async Task Of_two_records_for_a_recipient_the_first_counts()
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test"), Mail.To("b@z.test", "z.test")));
        RecipientKey key = new((await Store.ClaimAsync(Now, limit: 1))[0].CopyId, 0);
        await Store.RecordAsync(
            [new DeliveryRecord(key, DeliveryResult.Deferred, Now.AddHours(1), "first"), new DeliveryRecord(key, DeliveryResult.Delivered, default, "second")], Mail.None);
        QueuedRecipient recipient = (await Store.FindAsync(id, Mail.None))!.Copies[0].Recipients[0];
        Assert.Equal((RecipientState.Queued, "first", 1), (recipient.State, recipient.LastReply, recipient.Attempts));
    }

    [Fact]
    public async Task Records_of_several_messages_end_those_that_are_done()
    {
        QueueId whole = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test"), Mail.To("b@y.test")));
        QueueId part = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("c@y.test")), Mail.Copy("ims-ms", Mail.To("d@x.test")));
        DeliveryRecord[] records =
            [.. (await Store.ClaimAsync(Now)).SelectMany(c => c.Recipients.Select(r => new DeliveryRecord(new RecipientKey(c.CopyId, r.Number), DeliveryResult.Relayed, default, "250 ok")))];
        await Store.RecordAsync([.. records], Mail.None);
        Assert.Null(await Store.FindAsync(whole, Mail.None));
        Assert.Equal([RecipientState.Relayed, RecipientState.Queued], (await Store.FindAsync(part, Mail.None))!.Copies.Select(c => c.Recipients[0].State));
    }
}
