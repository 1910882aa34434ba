using System.Globalization;
using System.Text;
using Postern.Policy.Configuration;

namespace Postern.Server.Logs;

/// <summary>
/// A record as one line of columns (LOG_FORMAT=1 and 2): time, [process], source, destination, action, size in blocks, envelope From,
/// original To, current To, then what options turn on. A parser takes the first letter of the action.
/// </summary>
internal static class TransactionText
{
    private const int BlockSize = 1024;

    public static string Write(TransactionRecord record, LogOptions options)
    {
        StringBuilder line = new();
        line.Append(record.Time.UtcDateTime.ToString("dd-MMM-yyyy HH:mm:ss.ff", CultureInfo.InvariantCulture));
        if (options.Writes(LogFields.Process)) Column(line, record.Session);
        line.Append(' ').Append(record.Source.PadRight(12));
        line.Append(' ').Append((record.Direction ?? record.Destination).PadRight(12));
        line.Append(' ').Append(record.Action.PadRight(4));
        if (!record.IsConnection)
        {
            line.Append(CultureInfo.InvariantCulture, $" {(record.Size + BlockSize - 1) / BlockSize}");
            Column(line, record.From.Length == 0 && options.Format == LogFormat.TextWithEmptySender ? "<>" : record.From);
            Column(line, record.OriginalTo);
            Column(line, record.To);
        }

        if (options.Writes(LogFields.Notary)) Column(line, record.Notify);
        if (options.Writes(LogFields.FileName)) Column(line, record.QueueId);
        if (options.Writes(LogFields.EnvelopeId)) Column(line, record.EnvelopeId);
        if (options.Writes(LogFields.MessageId)) Column(line, record.MessageId);
        if (options.Writes(LogFields.UserName)) Column(line, record.User);
        if (options.Writes(LogFields.Priority)) Column(line, TransactionRecord.PriorityText(record.Priority));
        if (options.Writes(LogFields.Intermediate))
        {
            Column(line, record.Intermediate);
            Column(line, record.Initial);
        }

        if (record.IsConnection || (options.Connections & 1) != 0)
        {
            Column(line, record.Transport);
            Column(line, record.Application);
        }

        if (options.Writes(LogFields.Reason)) Column(line, record.Reason);
        if (options.Writes(LogFields.RemoteMta)) Column(line, record.Remote);
        if (options.Writes(LogFields.Diagnostics)) Column(line, record.Diagnostic);
        if (options.Writes(LogFields.QueueTime)) Column(line, record.QueueTime?.ToString("0.###", CultureInfo.InvariantCulture));
        return line.ToString().TrimEnd();
    }

    /// <summary>Control characters would end the line, or imitate another.</summary>
    private static void Column(StringBuilder line, string? value)
    {
        if (value is null) return;
        line.Append(' ');
        foreach (char c in value)
        {
            if (char.IsControl(c)) line.Append(CultureInfo.InvariantCulture, $"\\{(int)c:x2}");
            else line.Append(c);
        }
    }
}
