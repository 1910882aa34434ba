using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using MimeKit;
using MimeKit.Utils;
using Postern.Policy.Configuration;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Dsn;

/// <summary>Makes the part of a notification that people read out of the texts of its language.</summary>
/// <param name="header">of the original message, raw; shown where a text has <c>%H</c>.</param>
internal sealed class NotificationText(NotificationHead head, ReadOnlyMemory<byte> header)
{
    /// <summary>Characters: in UTF-8 they fit into a line behind a date and a host name (RFC 5322 §2.1.1).</summary>
    private const int LongestPiece = 200;

    private NotificationTexts Texts => head.Texts;

    public string Subject(NotificationKind kind) => Texts.Strings[$"SUBJECT_{Name(kind).ToUpperInvariant()}"];

    /// <summary>All of it, with LF as line end.</summary>
    public string Of(NotificationKind kind, ImmutableArray<ReportedRecipient> recipients)
    {
        StringBuilder text = new();
        Expand(text, Texts.Prefix, recipients);
        foreach (IGrouping<string, ReportedRecipient> group in recipients.GroupBy(r => Type(kind, r)))
            Expand(text, TextOf(group.Key), [.. group]);
        Expand(text, Texts.Suffix, recipients);
        return text.ToString();
    }

    /// <summary>The types that NOTIFICATION_LANGUAGE is asked about, each once.</summary>
    public static string Types(NotificationKind kind, ImmutableArray<ReportedRecipient> recipients) =>
        string.Join(',', recipients.Select(r => Type(kind, r)).Distinct(StringComparer.Ordinal));

    private static string Type(NotificationKind kind, ReportedRecipient recipient) => kind switch
    {
        NotificationKind.Failed when recipient.Status == RetryPlan.Expired => "timedout",
        NotificationKind.Failed when recipient.IsReturned => "bounced",
        _ => Name(kind),
    };

    private static string Name(NotificationKind kind) => kind switch
    {
        NotificationKind.Failed => "failed",
        NotificationKind.Delayed => "delayed",
        NotificationKind.Delivered => "delivered",
        NotificationKind.Relayed => "forwarded",
        NotificationKind.Expanded => "expanded",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private string TextOf(string type) => type switch
    {
        "timedout" => Texts.TimedOut,
        "bounced" => Texts.Bounced,
        "failed" => Texts.Failed,
        "delayed" => Texts.Delayed,
        "delivered" => Texts.Delivered,
        "forwarded" => Texts.Forwarded,
        _ => Texts.Expanded,
    };

    private void Expand(StringBuilder text, string template, ImmutableArray<ReportedRecipient> recipients)
    {
        long last = 0;
        TimeSpan unit = head.Unit;
        for (int i = 0; i < template.Length; i++)
        {
            if (template[i] != '%' || ++i == template.Length)
            {
                if (i < template.Length) text.Append(template[i]);
                continue;
            }

            switch (template[i])
            {
                case 'H': Header(text); break;
                case 'R': Recipients(text, recipients); break;
                case 'C': Count(head.Age); break;
                case 'L': Count(head.Lifetime - head.Age); break;
                case 'F': Count(head.Lifetime); break;
                case 'U': text.Append(Unit(unit, "")); break;
                case 'u': text.Append(Unit(unit, "").ToLower(CultureInfo.InvariantCulture)); break;
                case 'S': text.Append(last == 1 ? "" : Unit(unit, "_PLURAL").ToUpper(CultureInfo.InvariantCulture)); break;
                case 's': text.Append(last == 1 ? "" : Unit(unit, "_PLURAL")); break;
                case 'h': text.Append(head.ReportingHost); break;
                case '%': text.Append('%'); break;
            }
        }

        // Nobody has waited for "0 days".
        void Count(TimeSpan span)
        {
            unit = span < TimeSpan.FromDays(1) ? TimeSpan.FromHours(1) : head.Unit;
            last = (long)Math.Max(1, Math.Round(span / unit));
            text.Append(last);
        }
    }

    private string Unit(TimeSpan unit, string form) => Texts.Strings[(unit < TimeSpan.FromDays(1) ? "HOUR" : "DAY") + form];

    private void Header(StringBuilder text)
    {
        using MemoryStream stream = new(header.ToArray(), writable: false);
        foreach ((string label, string body) in Texts.Header.Of(HeaderList.Load(stream).Select(f => (f.Field, f.Value))))
            text.Append("  ").Append(label).Append(": ").Append(PrintableText.Of(body.Trim(), mask: ' ')).Append('\n');
    }

    private void Recipients(StringBuilder text, ImmutableArray<ReportedRecipient> recipients)
    {
        foreach (ReportedRecipient recipient in recipients)
        {
            text.Append("  ").Append(recipient.Address).Append('\n');
            if (Texts.Strings.TryGetValue(recipient.Status.ToString(), out string? reason)) text.Append("    ").Append(reason).Append('\n');
            if (recipient.RemoteHost is not null) text.Append("    ").Append(recipient.RemoteHost).Append(' ').Append(Texts.Strings["ANSWERED"]).Append('\n');
            if (recipient.Diagnostic.Length > 0 && (reason is null || recipient.RemoteHost is not null)) text.Append("    ").Append(Indented(recipient.Diagnostic)).Append('\n');
            if (recipient.RetryUntil is { } end) text.Append("    ").Append(Texts.Strings["TRIED_UNTIL"]).Append(' ').Append(DateUtils.FormatDate(end)).Append('\n');
            if (recipient.Attempts.Length > 1)
            {
                text.Append("    ").Append(Texts.Strings["ATTEMPTS"]).Append('\n');
                foreach ((DateTimeOffset time, string said) in recipient.Attempts)
                    text.Append("    ").Append(time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)).Append(' ').Append(Indented(said)).Append('\n');
            }

            text.Append('\n');
        }
    }

    private static string Indented(string text) => string.Join("\n    ", text.Split('\n').SelectMany(Folded));

    /// <summary>What programs and hosts say may be longer than a line of a message can be: cut at a blank, where there is one.</summary>
    private static IEnumerable<string> Folded(string line)
    {
        while (line.Length > LongestPiece)
        {
            int blank = line.LastIndexOf(' ', LongestPiece);
            int cut = blank > 0 ? blank : char.IsHighSurrogate(line[LongestPiece - 1]) ? LongestPiece - 1 : LongestPiece;
            yield return line[..cut];
            line = line[cut..].TrimStart(' ');
        }

        yield return line;
    }
}
