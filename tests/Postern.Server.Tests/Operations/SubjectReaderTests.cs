using System.Text;
using Postern.Queue;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Operations;

public sealed class SubjectReaderTests
{
    [Theory]
    [InlineData("Subject: hello\r\n world\r\n\r\nbody\r\n", "hello world")]
    [InlineData("X: y\r\nSUBJECT: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n", "Gr\u00fc\u00dfe")]
    [InlineData("Subject: =?utf-8?q?=1B[2Jgone?=\r\n\r\n", "?[2Jgone")]
    [InlineData("From: a@y.test\r\n\r\nSubject: body\r\n", "-")]
    [InlineData("Subject:\r\n\r\n", "-")]
    public async Task Subject_is_decoded_and_harmless(string content, string subject)
    {
        FakeTime time = new();
        await using MemoryQueueStore queue = new(time);
        FailingQueue counted = new(queue);
        QueueId id = QueueId.New(time);
        await using IStagedMessage staged = queue.Stage(id);
        await staged.WriteAsync(Encoding.UTF8.GetBytes(content), TestContext.Current.CancellationToken);
        Envelope envelope = new(id, "s@ext.example", null, ReturnContent.Unspecified, false, BodyType.SevenBit, time.GetUtcNow(), "tcp_local", "", "", null, null);
        NewCopy copy = new("tcp_local", "s@ext.example", ReadOnlyMemory<byte>.Empty, null, [new NewRecipient("a@y.test", "y.test", null, DsnNotify.None, true)]);
        await queue.CommitAsync(staged, envelope, [copy], [], TestContext.Current.CancellationToken);
        SubjectReader reader = new(counted);
        await foreach (QueueEntry entry in counted.ListAsync(new QueueFilter(), TestContext.Current.CancellationToken))
            Assert.Equal(subject, await reader.OfAsync(entry, TestContext.Current.CancellationToken));
    }
}
