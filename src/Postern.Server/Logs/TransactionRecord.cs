using Postern.Policy.Access;
using Postern.Queue;
using Postern.Smtp.Commands;

namespace Postern.Server.Logs;

/// <summary>One event of the transaction log (Administration Guide 6.3, "Managing Logging"). Null fields are not known, or do not belong to it.</summary>
/// <param name="Action">its letter and modifiers, as <c>EESA</c>.</param>
public sealed record TransactionRecord(DateTimeOffset Time, string Action)
{
    /// <summary>Directions of a connection; null for a record about a message.</summary>
    public string? Direction { get; init; }

    /// <summary>The session, which ties the lines of one connection together.</summary>
    public string? Session { get; init; }

    /// <summary>The configuration generation.</summary>
    public long Generation { get; init; }

    public string Source { get; init; } = "";

    public string Destination { get; init; } = "";

    /// <summary>Octets of the message, or as far as it got.</summary>
    public long Size { get; init; }

    /// <summary>"" is the null reverse-path.</summary>
    public string From { get; init; } = "";

    /// <summary>With its type: <c>rfc822;a@b.example</c>.</summary>
    public string OriginalTo { get; init; } = "";

    /// <summary>The recipient as it is now; of a bad command, the command.</summary>
    public string To { get; init; } = "";

    public string? QueueId { get; init; }

    /// <summary>The message this one was made from.</summary>
    public string? ParentId { get; init; }

    public string? MessageId { get; init; }

    public string? EnvelopeId { get; init; }

    public string? User { get; init; }

    public MessagePriority? Priority { get; init; }

    /// <summary>The recipient of the client's RCPT command.</summary>
    public string? Initial { get; init; }

    /// <summary>What rewriting made of <see cref="Initial"/>, before aliases and lists.</summary>
    public string? Intermediate { get; init; }

    /// <summary>As in NOTIFY; null when the client gave none.</summary>
    public string? Notify { get; init; }

    public string? Reason { get; init; }

    /// <summary>The table that decided, and the line of its entry.</summary>
    public string? Table { get; init; }

    public string? Diagnostic { get; init; }

    public string? Remote { get; init; }

    /// <summary>Seconds in the queue.</summary>
    public double? QueueTime { get; init; }

    public string? Tls { get; init; }

    /// <summary><c>TCP|our address|our port|its address|its port</c>.</summary>
    public string? Transport { get; init; }

    /// <summary><c>SMTP/</c> and the name the client gave.</summary>
    public string? Application { get; init; }

    /// <summary>The client for which a listed peer spoke, as the peer says (XFORWARD).</summary>
    public string? Forwarded { get; init; }

    public bool IsConnection => Direction is not null;

    /// <summary>An action with what is known of the session: EHLO, TLS, authentication, SMTPUTF8.</summary>
    public static string ActionOf(char letter, SessionFacts facts, bool smtpUtf8 = false) =>
        $"{letter}{(facts.Extended ? "E" : "")}{(facts.Tls is null ? "" : "S")}{(facts.AuthenticatedUser is null ? "" : "A")}{(smtpUtf8 ? "U" : "")}";

    /// <summary>An original recipient with its type.</summary>
    public static string Typed(string original) => original.Length == 0 || OriginalRecipientText.AddressOf(original) != original ? original : OriginalRecipientText.Of(original);

    /// <summary>A priority as it is written; null for none.</summary>
    public static string? PriorityText(MessagePriority? priority) => priority switch
    {
        null => null,
        MessagePriority.Urgent => "urgent",
        MessagePriority.Nonurgent => "nonurgent",
        MessagePriority.SecondClass => "second-class",
        _ => "normal",
    };

    /// <summary>NOTIFY as it is written; null for none.</summary>
    public static string? NotifyText(DsnNotify notify) => notify == DsnNotify.None ? null : notify.ToString().ToUpperInvariant().Replace(" ", "", StringComparison.Ordinal);
}
