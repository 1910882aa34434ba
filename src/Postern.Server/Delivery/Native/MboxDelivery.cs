using System.Globalization;
using System.Text;
using Postern.Queue;
using Postern.Server.Delivery.Maildir;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Native;

/// <summary>
/// The channel <c>native</c>: appends to the mailbox file of a user of this machine (mboxrd), below NATIVE_DIRECTORY.
/// </summary>
/// <remarks>
/// Readers and writers keep each other out by a lock file and by a lock on the file (<see cref="MboxLock"/>). What was
/// written of a message that could not be written whole is cut off again.
/// </remarks>
public sealed class MboxDelivery(TimeProvider time) : IDeliveryAgent
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private static readonly EnhancedCode NoSuchMailbox = new(5, 1, 1);
    private static readonly EnhancedCode Busy = new(4, 2, 0);

    public async Task<RecipientOutcome> DeliverAsync(
        DeliveryAttempt attempt, QueuedRecipient recipient, string localPart, ReadOnlyMemory<byte> trace, CancellationToken cancellationToken)
    {
        StoreMailbox mailbox = StoreMailbox.Of(localPart, attempt.Snapshot.DefaultDomain);
        if (!MaildirName.IsSafe(mailbox.User) || mailbox.User.EndsWith(MboxLock.Suffix, StringComparison.OrdinalIgnoreCase))
            return new RecipientOutcome.Failed(new DeliveryFault(DeliveryPhase.Store, NoSuchMailbox, $"\"{recipient.Address}\" names no mailbox"));
        string path = Path.Combine(attempt.Snapshot.Options.NativeDirectory, mailbox.User.ToLowerInvariant());
        await using MboxLock? held = await MboxLock.TakeAsync(path, Mode, time, cancellationToken);
        if (held is null)
            return new RecipientOutcome.Deferred(new DeliveryFault(DeliveryPhase.Store, Busy, $"mailbox of {mailbox.User} is locked"), HostFault: false);
        await AppendAsync(held.File, attempt, trace, cancellationToken);
        return new RecipientOutcome.Delivered($"appended to {path}");
    }

    private async Task AppendAsync(FileStream file, DeliveryAttempt attempt, ReadOnlyMemory<byte> trace, CancellationToken cancellationToken)
    {
        long before = file.Length;
        file.Seek(0, SeekOrigin.End);
        try
        {
            await file.WriteAsync(Encoding.UTF8.GetBytes(FromLine(attempt)), cancellationToken);
            await UnixLines.CopyAsync(new MemoryStream(trace.ToArray(), writable: false), file, quoteFrom: false, cancellationToken);
            await using Stream message = await attempt.OpenMessage(cancellationToken);
            await UnixLines.CopyAsync(message, file, quoteFrom: true, cancellationToken);
            await file.WriteAsync("\n"u8.ToArray(), cancellationToken);
            await file.FlushAsync(cancellationToken);
            file.Flush(flushToDisk: true);
        }
        catch
        {
            file.SetLength(before);
            throw;
        }
    }

    private string FromLine(DeliveryAttempt attempt)
    {
        string sender = attempt.Copy.ReversePath.Length == 0 || attempt.Copy.ReversePath.Any(char.IsWhiteSpace) ? "MAILER-DAEMON" : attempt.Copy.ReversePath;
        return string.Create(CultureInfo.InvariantCulture, $"From {sender} {time.GetUtcNow().UtcDateTime:ddd MMM dd HH:mm:ss yyyy}\n");
    }
}
