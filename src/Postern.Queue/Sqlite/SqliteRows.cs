using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>
/// Between rows and values. Whatever a row holds that is no value becomes a <see cref="QueueReadException"/>: the caller
/// holds such a message, and never drops or guesses.
/// </summary>
internal static class SqliteRows
{
    public const string MessageColumns =
        "id, reverse_path, envelope_id, return_content, smtp_utf8, body, received, source_channel, port_information, application_information, authenticated_user, parent_id, size, priority";

    public const string RecipientColumns =
        "number, address, host, original_recipient, notify, checked, state, attempts, next, last_reply, last_attempt, hold_reason, owed, shown_as, released, rank";

    /// <summary>Number, envelope and size of a message; null when there is none of that number.</summary>
    /// <exception cref="QueueReadException">the row cannot be decoded.</exception>
    public static (Envelope Envelope, long Size)? Message(SqlSession session, long number)
    {
        using SqlRows row = session.Query($"SELECT {MessageColumns} FROM message WHERE num = $1", number);
        return row.Read() ? Message(row) : null;
    }

    public static (Envelope Envelope, long Size) Message(SqlRows row)
    {
        string text = row.GetString(0);
        if (!QueueId.TryParse(text, out QueueId id)) throw new QueueReadException($"\"{text}\" is no queue id");
        Envelope envelope = new(
            id,
            row.GetString(1),
            Text(row, 2),
            Enumeration<ReturnContent>(row.GetInt64(3), n => n is >= 0 and <= 2),
            row.GetInt64(4) != 0,
            Enumeration<BodyType>(row.GetInt64(5), n => n is >= 0 and <= 2),
            Time(row.GetInt64(6)),
            row.GetString(7),
            row.GetString(8),
            row.GetString(9),
            Text(row, 10),
            Text(row, 11))
        {
            Priority = Enumeration<MessagePriority>(row.GetInt64(13), n => n is >= 0 and <= 3),
        };
        return (envelope, row.GetInt64(12));
    }

    /// <summary>A copy with no recipients yet; null when there is none of that number.</summary>
    /// <exception cref="QueueReadException">its message or it cannot be decoded.</exception>
    public static QueuedCopy? Copy(SqlSession session, long copy)
    {
        if (Message(session, QueueNumbers.MessageOfCopy(copy)) is not { } message) return null;
        using SqlRows row = session.Query("SELECT channel, reverse_path, header_block FROM copy WHERE id = $1", copy);
        return row.Read()
            ? new QueuedCopy(
                copy, message.Envelope, row.GetString(0), row.GetString(1), row.IsDBNull(2) ? default(ReadOnlyMemory<byte>?) : row.GetBlob(2), message.Size, [])
            : null;
    }

    /// <param name="first">column of the number; the others follow as in <see cref="RecipientColumns"/>.</param>
    /// <exception cref="QueueReadException">the row cannot be decoded.</exception>
    public static QueuedRecipient Recipient(SqlRows row, int first = 0) => new(
        row.GetInt32(first),
        row.GetString(first + 1),
        row.GetString(first + 2),
        Text(row, first + 3),
        Enumeration<DsnNotify>(row.GetInt64(first + 4), n => n is >= 0 and <= 15),
        row.GetInt64(first + 5) != 0,
        Enumeration<RecipientState>(row.GetInt64(first + 6), n => n is >= 0 and <= 6),
        row.GetInt32(first + 7),
        Time(row.GetInt64(first + 8)),
        Text(row, first + 9),
        row.IsDBNull(first + 10) ? null : Time(row.GetInt64(first + 10)),
        Text(row, first + 11),
        row.GetInt64(first + 12) != 0,
        Text(row, first + 13),
        Enumeration<ReleaseMark>(row.GetInt64(first + 14), n => n is >= 0 and <= 4))
    {
        Rank = Enumeration<QueueRank>(row.GetInt64(first + 15), n => n is >= 0 and <= 4),
    };

    /// <summary>A recipient and the channel of its copy; null when there is none of that key.</summary>
    /// <exception cref="QueueReadException">the row cannot be decoded.</exception>
    public static (string Channel, QueuedRecipient Recipient)? Recipient(SqlSession session, RecipientKey key)
    {
        using SqlRows row = session.Query(
            $"SELECT channel, {RecipientColumns} FROM recipient WHERE copy = $1 AND number = $2", key.CopyId, (long)key.Number);
        return row.Read() ? (row.GetString(0), Recipient(row, first: 1)) : null;
    }

    /// <summary>All recipients of a copy, by number.</summary>
    public static ImmutableArray<QueuedRecipient> Recipients(SqlSession session, long copy)
    {
        using SqlRows rows = session.Query($"SELECT {RecipientColumns} FROM recipient WHERE copy = $1 ORDER BY number", copy);
        ImmutableArray<QueuedRecipient>.Builder recipients = ImmutableArray.CreateBuilder<QueuedRecipient>();
        while (rows.Read()) recipients.Add(Recipient(rows));
        return recipients.ToImmutable();
    }

    /// <summary>What is owed for a copy; null when it is nothing, or cannot be decoded: such a message waits for an operator and must not keep others back.</summary>
    public static PendingNotification? Owed(SqlSession session, long id)
    {
        try
        {
            if (Copy(session, id) is not { } copy) return null;
            ImmutableArray<QueuedRecipient> recipients = [.. Recipients(session, id).Where(r => r.NotificationOwed)];
            return recipients.IsEmpty ? null : new PendingNotification(copy.Envelope, id, copy.Channel, copy.ReversePath, recipients) { Size = copy.Size };
        }
        catch (QueueReadException)
        {
            return null;
        }
    }

    public static void Insert(SqlSession session, long number, Envelope envelope, long size) => session.Execute(
        $"INSERT INTO message (num, {MessageColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        number,
        envelope.Id.ToString(),
        envelope.ReversePath,
        envelope.EnvelopeId,
        (long)envelope.Return,
        envelope.SmtpUtf8 ? 1L : 0L,
        (long)envelope.Body,
        envelope.Received.UtcTicks,
        envelope.SourceChannel,
        envelope.PortInformation,
        envelope.ApplicationInformation,
        envelope.AuthenticatedUser,
        envelope.ParentId,
        size,
        (long)envelope.Priority);

    public static void Insert(SqlSession session, long copy, string channel, QueuedRecipient recipient)
    {
        session.Totals.Added(channel, recipient);
        session.Frontier.Stored(channel, copy, recipient);
        session.Execute(
        $"INSERT INTO recipient (copy, channel, interrupted, {RecipientColumns}) VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        copy,
        channel,
        (long)recipient.Number,
        recipient.Address,
        recipient.Host,
        recipient.OriginalRecipient,
        (long)recipient.Notify,
        recipient.Checked ? 1L : 0L,
        (long)recipient.State,
        (long)recipient.Attempts,
        recipient.Next.UtcTicks,
        recipient.LastReply,
        recipient.LastAttempt?.UtcTicks,
        recipient.HoldReason,
        recipient.NotificationOwed ? 1L : 0L,
        recipient.ShownAs,
        (long)recipient.Release,
        (long)recipient.Rank);
    }

    /// <summary>Writes what a transition may have changed.</summary>
    /// <param name="before">as the row is now.</param>
    public static void Update(SqlSession session, long copy, string channel, QueuedRecipient before, QueuedRecipient recipient)
    {
        session.Totals.Moved(channel, before, recipient);
        session.Frontier.Stored(channel, copy, recipient);
        session.Execute(
        "UPDATE recipient SET state = $3, attempts = $4, next = $5, last_reply = $6, last_attempt = $7, hold_reason = $8, owed = $9, released = $10, rank = $11, interrupted = 0 WHERE copy = $1 AND number = $2",
        copy,
        (long)recipient.Number,
        (long)recipient.State,
        (long)recipient.Attempts,
        recipient.Next.UtcTicks,
        recipient.LastReply,
        recipient.LastAttempt?.UtcTicks,
        recipient.HoldReason,
        recipient.NotificationOwed ? 1L : 0L,
        (long)recipient.Release,
        (long)recipient.Rank);
    }

    /// <summary>Removes the message when all its recipients are final and nothing is owed.</summary>
    public static void RemoveIfDone(SqlSession session, long message)
    {
        bool open = session.Any(
            "SELECT 1 FROM recipient WHERE copy BETWEEN $1 AND $2 AND (state < 3 OR state > 6 OR owed <> 0) LIMIT 1",
            QueueNumbers.FirstCopy(message),
            QueueNumbers.LastCopy(message));
        if (!open) Remove(session, message);
    }

    /// <summary>Removes a message with all that belongs to it.</summary>
    public static void Remove(SqlSession session, long message)
    {
        Forget(session, message);
        session.Execute("DELETE FROM chunk WHERE key BETWEEN $1 AND $2", QueueNumbers.FirstChunk(message), QueueNumbers.LastChunk(message));
        session.Execute("DELETE FROM recipient WHERE copy BETWEEN $1 AND $2", QueueNumbers.FirstCopy(message), QueueNumbers.LastCopy(message));
        SqliteHistory.Remove(session, message);
        session.Execute("DELETE FROM copy WHERE id BETWEEN $1 AND $2", QueueNumbers.FirstCopy(message), QueueNumbers.LastCopy(message));
        session.Execute("DELETE FROM message WHERE num = $1", message);
    }

    /// <summary>Holds every recipient of a message that is not final.</summary>
    /// <returns>recipients held.</returns>
    public static int HoldAll(SqlSession session, long message, string reason)
    {
        const string Open = "copy BETWEEN $1 AND $2 AND state <> 2 AND (state < 3 OR state > 6)";
        using (SqlRows rows = session.Query(
            $"SELECT channel, host, state, attempts FROM recipient WHERE {Open}", QueueNumbers.FirstCopy(message), QueueNumbers.LastCopy(message)))
        {
            while (rows.Read()) session.Totals.Moved(rows, RecipientState.Held);
        }

        return session.Execute($"UPDATE recipient SET state = 2, hold_reason = $3 WHERE {Open}", QueueNumbers.FirstCopy(message), QueueNumbers.LastCopy(message), reason);
    }

    /// <summary>Takes a message out of the totals.</summary>
    private static void Forget(SqlSession session, long message)
    {
        using (SqlRows rows = session.Query(
            "SELECT channel, host, state, attempts FROM recipient WHERE copy BETWEEN $1 AND $2", QueueNumbers.FirstCopy(message), QueueNumbers.LastCopy(message)))
        {
            while (rows.Read()) session.Totals.Removed(rows);
        }

        using SqlRows copies = session.Query(
            "SELECT channel, coalesce((SELECT size FROM message WHERE num = $3), 0) FROM copy WHERE id BETWEEN $1 AND $2",
            QueueNumbers.FirstCopy(message),
            QueueNumbers.LastCopy(message),
            message);
        while (copies.Read()) session.Totals.AddCopies(copies.GetString(0), -1, -copies.GetInt64(1));
    }

    private static string? Text(SqlRows row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static DateTimeOffset NearestTime(long ticks) => new(Math.Clamp(ticks, 0, DateTime.MaxValue.Ticks), TimeSpan.Zero);

    private static DateTimeOffset Time(long ticks) => ticks >= 0 && ticks <= DateTime.MaxValue.Ticks
        ? new DateTimeOffset(ticks, TimeSpan.Zero)
        : throw new QueueReadException($"{ticks} is no time");

    private static T Enumeration<T>(long number, Func<long, bool> isKnown)
        where T : struct, Enum =>
        isKnown(number) ? (T)Enum.ToObject(typeof(T), (int)number) : throw new QueueReadException($"{number} is no {typeof(T).Name}");
}
