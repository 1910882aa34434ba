using System.Text;

namespace Postern.Server.Imagined;

/// <summary>
/// What a person types, as the octets of a client: one line for each read, with CRLF. So the server has answered, and waits, before
/// the next line exists: nothing is pipelined. A line that begins with <c>#</c> is a comment, except inside content.
/// </summary>
internal sealed class TypedInput(TextReader lines, TypedOutput replies) : Stream
{
    private ReadOnlyMemory<byte> _left;
    private bool _inContent;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left.IsEmpty && await NextAsync(cancellationToken) is { } line) _left = Encoding.UTF8.GetBytes($"{line}\r\n");
        int count = Math.Min(_left.Length, buffer.Length);
        _left[..count].CopyTo(buffer);
        _left = _left[count..];
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async ValueTask<string?> NextAsync(CancellationToken cancellationToken)
    {
        if (replies.TakeContentRequest()) _inContent = true;
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            if (!_inContent && line.StartsWith('#')) continue;
            if (line == ".") _inContent = false;
            return line;
        }

        return null;
    }
}
