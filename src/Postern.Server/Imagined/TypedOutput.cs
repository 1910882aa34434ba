using System.Text;

namespace Postern.Server.Imagined;

/// <summary>The server's replies as lines for a person.</summary>
internal sealed class TypedOutput(TextWriter lines) : Stream
{
    private bool _asksContent;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Whether the server has asked for content since the last call.</summary>
    public bool TakeContentRequest()
    {
        bool asked = _asksContent;
        _asksContent = false;
        return asked;
    }

    /// <summary>A line that is no reply.</summary>
    public void Comment(string text) => lines.Write($"# {text}\n");

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        string text = Encoding.UTF8.GetString(buffer.Span).Replace("\r\n", "\n", StringComparison.Ordinal);
        if (text.StartsWith("354", StringComparison.Ordinal) || text.Contains("\n354", StringComparison.Ordinal)) _asksContent = true;
        await lines.WriteAsync(text.AsMemory(), cancellationToken);
        await lines.FlushAsync(cancellationToken);
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
