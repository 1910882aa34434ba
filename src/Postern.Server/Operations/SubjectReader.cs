using System.Text;
using MimeKit.Utils;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Smtp.Replies;

namespace Postern.Server.Operations;

/// <summary>Reads the Subject of queued messages, decoded (RFC 2047) and fit for a terminal. A message is opened once for all its recipients, and no further than its header.</summary>
public sealed class SubjectReader(IQueueView queue)
{
    /// <summary>What stands for a message without the field, or one that is gone or damaged.</summary>
    public const string None = "-";

    private QueueId? _last;
    private string _subject = None;

    /// <param name="entry">in the order of messages.</param>
    public async Task<string> OfAsync(QueueEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Id != _last) (_last, _subject) = (entry.Id, await ReadAsync(entry.Id, cancellationToken));
        return _subject;
    }

    /// <summary>The Subject of one message; "" where it has none.</summary>
    /// <param name="content">read no further than its header.</param>
    public static async Task<string> ReadAsync(Stream content, CancellationToken cancellationToken)
    {
        HeaderFields header = await HeaderFields.ReadAsync(content, cancellationToken);
        return header.Values("Subject").FirstOrDefault() is { Length: > 0 } subject ? PrintableText.Of(Rfc2047.DecodeText(Encoding.UTF8.GetBytes(subject))) : "";
    }

    private async Task<string> ReadAsync(QueueId id, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream content = await queue.OpenContentAsync(id, cancellationToken);
            return await ReadAsync(content, cancellationToken) is { Length: > 0 } subject ? subject : None;
        }
        catch (QueueReadException)
        {
            return None;
        }
    }
}
