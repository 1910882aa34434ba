using System.IO.Pipelines;
using System.Text;

namespace Postern.Server.Tests.Harness;

/// <summary>A connection in memory: the server's end, and the client's end for the test to talk on.</summary>
internal sealed class Connection : IDuplexPipe
{
    private readonly Pipe _toServer = new(new PipeOptions(useSynchronizationContext: false));
    private readonly Pipe _toClient = new(new PipeOptions(useSynchronizationContext: false));

    public PipeReader Input => _toServer.Reader;

    public PipeWriter Output => _toClient.Writer;

    /// <summary>One packet of the client.</summary>
    public async Task SendAsync(string text) => await _toServer.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="SendAsync(string)"/>
    public async Task SendAsync(ReadOnlyMemory<byte> octets) => await _toServer.Writer.WriteAsync(octets);

    public async Task HangUpAsync() => await _toServer.Writer.CompleteAsync();

    /// <summary>The next reply with all its lines, without the last CRLF; null when the server closed.</summary>
    public async Task<string?> ReplyAsync()
    {
        StringBuilder reply = new();
        while (await LineAsync() is { } line)
        {
            reply.Append(line);
            if (line.Length < 4 || line[3] != '-') return reply.ToString();
            reply.Append('\n');
        }

        Assert.Equal(0, reply.Length);
        return null;
    }

    /// <summary>Sends a command and reads the reply.</summary>
    public async Task<string?> SayAsync(string command)
    {
        await SendAsync(command + "\r\n");
        return await ReplyAsync();
    }

    /// <summary>The server closes, and said nothing that is a reply: a TLS alert at most.</summary>
    public async Task AssertNoReplyAsync()
    {
        while (true)
        {
            ReadResult read = await _toClient.Reader.ReadAsync(TestContext.Current.CancellationToken);
            Assert.True(read.Buffer.IsEmpty || read.Buffer.FirstSpan[0] is < (byte)'0' or > (byte)'9', "a reply");
            _toClient.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }

    /// <summary>Whatever the server has sent and nobody has read.</summary>
    public bool HasUnreadReply
    {
        get
        {
            if (!_toClient.Reader.TryRead(out ReadResult read)) return false;
            bool any = !read.Buffer.IsEmpty;
            _toClient.Reader.AdvanceTo(read.Buffer.Start);
            return any;
        }
    }

    /// <summary>The next line, without its end; null when the server closed.</summary>
    public async Task<string?> LineAsync()
    {
        while (true)
        {
            ReadResult read = await _toClient.Reader.ReadAsync(TestContext.Current.CancellationToken);
            if (System.Buffers.BuffersExtensions.PositionOf(read.Buffer, (byte)'\n') is { } end)
            {
                string line = Encoding.UTF8.GetString(System.Buffers.BuffersExtensions.ToArray(read.Buffer.Slice(0, end)));
                _toClient.Reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line.TrimEnd('\r');
            }

            _toClient.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted) return null;
        }
    }
}
