using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Postern.Policy.Access;
using Postern.Server.Listening;
using Postern.Server.Sessions;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Sessions;

/// <summary>
/// Saying no is what a server on the internet does most, so a refused RCPT must cost next to no memory. Counted is what its session takes,
/// from the octets of the command to those of the reply. A session whose whole input is there runs on the thread that started it, so
/// the count is exact; a second, longer session tells the recipients from everything else.
/// </summary>
public sealed class RefusalAllocationTests
{
    private const int Few = 100;
    private const int Many = 1100;

    /// <summary>
    /// Octets. Buffers of the connection are pooled and take none. What is left is the decision with its reason, which goes to the decision log
    /// whole: the addresses as given and as rewritten, each rule tried, the probe, its captures and its output, some 3 KB of text and as much in
    /// the objects that hold it; the record of the transaction log; the states of the dialogue. A server that is not yet warm takes a little more.
    /// </summary>
    private const long Bound = 9216;

    [Fact]
    public async Task A_refused_recipient_takes_little_memory()
    {
        await using ServerBench bench = new(servesDelays: false);
        await TakenAsync(bench, Few);
        long few = await TakenAsync(bench, Few);
        long many = await TakenAsync(bench, Many);
        long each = (many - few) / (Many - Few);
        TestContext.Current.TestOutputHelper?.WriteLine($"{each} octets a refused recipient");
        Assert.InRange(each, 1, Bound);
    }

    /// <summary>Octets that a session with so many refused recipients takes.</summary>
    private static async Task<long> TakenAsync(ServerBench bench, int recipients)
    {
        StringBuilder commands = new("MAIL FROM:<sender@some.example.net>\r\n");
        for (int i = 0; i < recipients; i++) commands.Append("RCPT TO:<victim").Append(1000 + i).Append("@other.example.org>\r\n");

        // Everything runs inline: whoever writes the commands runs the session.
        PipeOptions inline = new(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0, useSynchronizationContext: false);
        Pipe input = new(inline), output = new(inline);
        ClientConnection client = new(IPAddress.Parse(ServerBench.Outsider), 40000, IPAddress.Parse("192.0.2.25"), 25, "smtp");
        SessionRunner runner = new(bench.Services with { Logger = NullLogger.Instance }, new ClientTransport(new Duplex(input.Reader, output.Writer)), client, CancellationToken.None);
        Task session = runner.RunAsync(implicitTls: false, CancellationToken.None);
        await input.Writer.WriteAsync("EHLO client.test\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        byte[] written = Encoding.ASCII.GetBytes(commands.ToString());
        int thread = Environment.CurrentManagedThreadId;
        long before = GC.GetAllocatedBytesForCurrentThread();
        await input.Writer.WriteAsync(written, TestContext.Current.CancellationToken);
        long after = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(thread, Environment.CurrentManagedThreadId);
        await input.Writer.CompleteAsync();
        await session;
        output.Writer.Complete();
        ReadResult replies = await output.Reader.ReadAtLeastAsync(int.MaxValue, TestContext.Current.CancellationToken);
        string text = Encoding.ASCII.GetString(replies.Buffer);
        Assert.Equal(recipients, text.Split("550 5.7.1 ").Length - 1);
        return after - before;
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
