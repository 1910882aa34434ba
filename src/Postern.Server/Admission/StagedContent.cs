using System.Buffers;
using System.Text;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Smtp.Headers;

namespace Postern.Server.Admission;

/// <summary>The content of a message on its way into the store; its header is kept in memory until it has been scanned.</summary>
/// <param name="headerSender">whom FROM_ACCESS names as Sender (<c>$K</c>); null for nobody.</param>
internal sealed class StagedContent(IStagedMessage staged, ConfigurationSnapshot snapshot, SessionFacts facts, string? headerSender) : IAsyncDisposable
{
    /// <summary>The header may be so long, in octets.</summary>
    private const int MaximumHeaderLength = HeaderFields.MaximumLength;

    private readonly ArrayBufferWriter<byte> _header = new(1024);
    private bool _headerComplete;

    public IStagedMessage Staged => staged;

    /// <summary>Why the store did not take it; nothing is written any more.</summary>
    public Exception? Failure { get; private set; }

    public long Lines { get; private set; }

    /// <summary>Whatever the client declared.</summary>
    public bool HasEightBit { get; private set; }

    public bool HeaderTooLong => !_headerComplete && _header.WrittenCount >= MaximumHeaderLength;

    public HeaderFields Header => HeaderFields.Of(_header.WrittenMemory);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        Failure ??= await StoreAsync(bytes, cancellationToken);

    /// <summary>No more comes.</summary>
    public async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        if (!RewritesSender || _headerComplete) return;

        // A message that is all header.
        RewriteSender();
        Failure ??= await PutAsync(_header.WrittenMemory, cancellationToken);
    }

    public ValueTask DisposeAsync() => staged.DisposeAsync();

    private async Task<Exception?> StoreAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        bool wasComplete = _headerComplete;
        int before = _header.WrittenCount;
        CollectHeader(bytes.Span);
        HasEightBit = HasEightBit || !Ascii.IsValid(bytes.Span);
        Lines += bytes.Span.Count((byte)'\n');
        if (!RewritesSender || wasComplete) return await PutAsync(bytes, cancellationToken);

        // A header that is to be changed is kept back until it is whole.
        if (!_headerComplete) return null;
        bytes = bytes[(_header.WrittenCount - before)..];
        RewriteSender();
        return await PutAsync(_header.WrittenMemory, cancellationToken) ?? await PutAsync(bytes, cancellationToken);
    }

    private async Task<Exception?> PutAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            if (!bytes.IsEmpty) await staged.WriteAsync(bytes, cancellationToken);
            return null;
        }
        catch (QueueWriteException e)
        {
            return e;
        }
    }

    private void CollectHeader(ReadOnlySpan<byte> bytes)
    {
        if (_headerComplete || _header.WrittenCount >= MaximumHeaderLength) return;
        _header.Write(bytes[..Math.Min(bytes.Length, MaximumHeaderLength - _header.WrittenCount)]);
        _headerComplete = HeaderScan.TryFindEnd(_header.WrittenSpan, out _);
    }

    /// <summary>The source channel puts the authenticated user into the header (<c>authrewrite</c>), or whom FROM_ACCESS names instead.</summary>
    private bool RewritesSender =>
        (facts.AuthenticatedUser ?? headerSender) is not null && snapshot.Channels.FindByName(facts.Source.Current) is { AuthRewrite: > 0 };

    private void RewriteSender()
    {
        HeaderFields header = HeaderFields.Of(_header.WrittenMemory);
        byte[] rest = _header.WrittenSpan[header.Block.Length..].ToArray();
        byte[] changed = headerSender is not null ? SenderFields.WithSender(header.Block.Span, headerSender)
            : snapshot.Channels.FindByName(facts.Source.Current)!.AuthRewrite == 1 ? SenderFields.WithSender(header.Block.Span, facts.AuthenticatedUser!)
            : SenderFields.WithFrom(header.Block.Span, facts.AuthenticatedUser!);
        _header.ResetWrittenCount();
        _header.Write(changed);
        _header.Write(rest);
    }
}
