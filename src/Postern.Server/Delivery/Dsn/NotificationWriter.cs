using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using MimeKit;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Dsn;

/// <summary>
/// Writes a notification into the queue. A whole message that is returned goes from the store to the store in blocks: the
/// report is built around a placeholder, and the message takes its place.
/// </summary>
internal sealed class NotificationWriter(IQueueStore queue, TimeProvider time, ILogger logger)
{
    private const int BlockSize = 64 * 1024;

    /// <summary>No more of the original header than this is returned, in octets.</summary>
    private const int MaximumReturnedHeader = 64 * 1024;

    private const string DefaultName = "Mail Delivery System";

    /// <returns>the notification holds UTF-8 (RFC 6533), so its way must take it.</returns>
    public async Task<bool> WriteAsync(IStagedMessage staged, Report report, NotificationTexts texts, ConfigurationSnapshot snapshot, CancellationToken cancellationToken)
    {
        ChannelDefinition local = snapshot.Channels.Local;
        DateTimeOffset now = time.GetUtcNow();
        HeaderFields header = await HeaderAsync(report.About, cancellationToken);
        TimeSpan lifetime = Lifetime(report);
        DateTimeOffset? end = report.Kind == NotificationKind.Delayed ? report.About.Envelope.Received + lifetime : null;
        ILookup<RecipientKey, PastAttempt> past = await HistoryAsync(report.About, cancellationToken);
        NotificationHead head = new(
            local.OfficialHost,
            report.Channel.ReturnAddress ?? local.ReturnAddress ?? $"postmaster@{local.OfficialHost}",
            report.Channel.ReturnPersonal ?? local.ReturnPersonal ?? DefaultName,
            report.Recipient)
        {
            Texts = texts,
            Age = now - report.About.Envelope.Received,
            Lifetime = lifetime,
            Unit = snapshot.Options.ReturnUnits,
        };
        string placeholder = $"--whole-message-{Guid.NewGuid():N}--";
        ReadOnlyMemory<byte> block = header.Block.Length <= MaximumReturnedHeader ? header.Block : header.Block[..MaximumReturnedHeader];
        ReturnedPart returned = report.Returned == ReturnedPart.Sample && (!header.IsComplete || block.Length < header.Block.Length) ? ReturnedPart.Header : report.Returned;
        ImmutableArray<ReportedRecipient> recipients = [.. report.About.Recipients.Select(r => Reported(r, report, snapshot, now, end, past[new RecipientKey(report.About.CopyId, r.Number)]))];
        bool international = IsInternational(report, recipients, block.Span);
        using MimeMessage message = StatusNotification.Build(
            report.Kind, head, OfSender(report.About), now, recipients, block, returned == ReturnedPart.Header ? null : placeholder, international);
        using MemoryStream text = new();
        FormatOptions options = FormatOptions.Default.Clone();
        options.NewLineFormat = NewLineFormat.Dos;
        options.International = international;
        await message.WriteToAsync(options, text, cancellationToken);
        ReadOnlyMemory<byte> whole = text.GetBuffer().AsMemory(0, (int)text.Length);
        int place = returned != ReturnedPart.Header ? whole.Span.IndexOf(Encoding.ASCII.GetBytes(placeholder)) : -1;
        if (place < 0)
        {
            await staged.WriteAsync(whole, cancellationToken);
            return international;
        }

        await staged.WriteAsync(whole[..place], cancellationToken);
        ContentSample? sample = returned == ReturnedPart.Sample ? new ContentSample(snapshot.Options.LinesToReturn) : null;
        await CopyAsync(report.About, block, sample, staged, cancellationToken);
        await staged.WriteAsync(whole[(place + placeholder.Length)..], cancellationToken);
        return international;
    }

    /// <summary>Who sent mail with SMTPUTF8 can read a report that needs it; to others it is told in US-ASCII.</summary>
    private static bool IsInternational(Report report, ImmutableArray<ReportedRecipient> recipients, ReadOnlySpan<byte> header) =>
        !Ascii.IsValid(report.Recipient)
        || (report.About.Envelope.SmtpUtf8 && (!Ascii.IsValid(header) || recipients.Any(r => !Ascii.IsValid(r.Address) || !Ascii.IsValid(r.OriginalRecipient))));

    /// <summary>As much of a recipient as tells what type of notification it gets.</summary>
    public static ReportedRecipient Typed(QueuedRecipient recipient)
    {
        LastReply last = LastReply.Parse(recipient.LastReply);
        return new ReportedRecipient(recipient.Address, recipient.OriginalRecipient, last.Status, "", null, default) { IsReturned = IsReturned(last) };
    }

    private static bool IsReturned(LastReply last) => last.RemoteHost is null && last.Status == Operations.OperatorDesk.Returned;

    private async Task<ILookup<RecipientKey, PastAttempt>> HistoryAsync(PendingNotification pending, CancellationToken cancellationToken)
    {
        try
        {
            return (await queue.HistoryAsync(pending.Envelope.Id, cancellationToken)).ToLookup(a => a.Key);
        }
        catch (QueueReadException e)
        {
            DeliveryLog.QueueUnavailable(logger, e);
            return Array.Empty<PastAttempt>().ToLookup(a => a.Key);
        }
    }

    /// <summary>How long the message may wait in all.</summary>
    private static TimeSpan Lifetime(Report report)
    {
        Envelope envelope = report.About.Envelope;
        TimeSpan lifetime = RetryPlan.ScheduleOf(report.Channel, envelope.Priority).Lifetime;
        if (report.About.ReversePath.Length == 0 && lifetime > RetrySchedule.NullSenderLifetime) lifetime = RetrySchedule.NullSenderLifetime;
        return lifetime;
    }

    private static ReportedRecipient Reported(QueuedRecipient recipient, Report report, ConfigurationSnapshot snapshot, DateTimeOffset now, DateTimeOffset? end, IEnumerable<PastAttempt> past)
    {
        LastReply last = LastReply.Parse(recipient.LastReply);
        EnhancedCode status = StatusOf(last.Status, report.Kind);
        DateTimeOffset attempted = recipient.LastAttempt ?? now;
        string? shown = recipient.ShownAs ?? (report.Channel.SuppressFinal && recipient.OriginalRecipient is { } original ? OriginalRecipientText.AddressOf(original) : null);
        string address = shown ?? Known(recipient.Address, report.Channel, snapshot);
        if (report.Kind is NotificationKind.Delivered or NotificationKind.Expanded || (report.Kind == NotificationKind.Relayed && shown is not null))
            return new ReportedRecipient(address, recipient.OriginalRecipient, status, "", null, attempted);
        if (report.Kind == NotificationKind.Relayed)
            return new ReportedRecipient(address, recipient.OriginalRecipient, status, last.RemoteHost is null ? "" : last.Text, last.RemoteHost, attempted);

        ReportedRecipient told = shown is not null
            ? new ReportedRecipient(address, recipient.OriginalRecipient, status, Unnamed(report.Kind), null, attempted, end)
            : new ReportedRecipient(address, recipient.OriginalRecipient, status, last.Text, last.RemoteHost, attempted, end)
            {
                Attempts = [.. past.TakeLast(snapshot.Options.HistoryToReturn).Select(a => (a.Time, Said(a)))],
            };
        return told with { IsReturned = IsReturned(last) };
    }

    private static string Said(PastAttempt attempt)
    {
        LastReply reply = LastReply.Parse(attempt.Reply);
        return reply.RemoteHost is { } host ? $"{host} {reply.Text}" : reply.Text;
    }

    /// <summary>A mailbox of the store by the address that the world knows.</summary>
    private static string Known(string address, ChannelDefinition channel, ConfigurationSnapshot snapshot) =>
        channel.Name == StoreMailbox.Channel && AddressParser.Parse(address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox }
            ? StoreMailbox.Of(mailbox.Local.Value, snapshot.DefaultDomain).ToMailbox().ToString()
            : address;

    /// <summary>Told of an address that is not to be named: the words of the next host may name it.</summary>
    private static string Unnamed(NotificationKind kind) => kind == NotificationKind.Delayed ? "delivery delayed" : "delivery failed";

    /// <summary>A list's owner did not send the message: what its sender said of ENVID and RET is not for him (RFC 3461 §5.2.7.3).</summary>
    private static Envelope OfSender(PendingNotification pending) => pending.ReversePath == pending.Envelope.ReversePath
        ? pending.Envelope
        : pending.Envelope with { EnvelopeId = null, Return = ReturnContent.Unspecified };

    /// <summary>Given up for its age is the one failure whose code says "for now" (RFC 3463 §3.5).</summary>
    private static EnhancedCode StatusOf(EnhancedCode status, NotificationKind kind)
    {
        int wanted = kind switch
        {
            NotificationKind.Failed => 5,
            NotificationKind.Delayed => 4,
            _ => 2,
        };
        return status.Class == wanted || status == RetryPlan.Expired ? status : new EnhancedCode(wanted, status.Subject, status.Detail);
    }

    /// <summary>The sender must be told all the more when the message itself is damaged: then its header is empty.</summary>
    private async Task<HeaderFields> HeaderAsync(PendingNotification pending, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream content = await queue.OpenContentAsync(pending.Envelope.Id, cancellationToken);
            return await HeaderFields.ReadAsync(content, cancellationToken);
        }
        catch (QueueReadException e)
        {
            DeliveryLog.QueueUnavailable(logger, e);
            return HeaderFields.Of(ReadOnlyMemory<byte>.Empty);
        }
    }

    /// <param name="header">stands in for a message that cannot be opened.</param>
    /// <param name="sample">null: all of the message.</param>
    private async Task CopyAsync(PendingNotification pending, ReadOnlyMemory<byte> header, ContentSample? sample, IStagedMessage staged, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
        long written = 0;
        try
        {
            await using Stream content = await queue.OpenContentAsync(pending.Envelope.Id, cancellationToken);
            int count;
            while (sample?.IsFull != true && (count = await content.ReadAsync(buffer, cancellationToken)) > 0)
            {
                if (sample is not null) count = sample.Take(buffer.AsSpan(0, count));
                await staged.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                written += count;
            }
        }
        catch (QueueReadException e)
        {
            DeliveryLog.QueueUnavailable(logger, e);
            if (written == 0) await staged.WriteAsync(header, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
