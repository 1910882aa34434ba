using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Policy.Callouts;
using Postern.Policy.Configuration;

namespace Postern.Policy.Access;

/// <summary>The access tables of one configuration, by their published names. A table that does not exist is not asked.</summary>
internal sealed class AccessTables(ConfigurationSnapshot snapshot)
{
    public const string Port = "PORT_ACCESS";
    public const string Authentication = "AUTH_ACCESS";
    public const string From = "FROM_ACCESS";
    public const string OriginalSend = "ORIG_SEND_ACCESS";
    public const string OriginalMail = "ORIG_MAIL_ACCESS";
    public const string Send = "SEND_ACCESS";
    public const string Mail = "MAIL_ACCESS";
    public const string Address = "IP_ACCESS";
    public const string Dequeue = "DEQUEUE_ACCESS";
    public const string NotificationLanguage = "NOTIFICATION_LANGUAGE";

    // What the recipient tables read (Administration Guide 6.3, 18.3 "Access Control Mapping Table Flags").
    private const string Recipient = "YNFBVZHDXAG<>,";
    private const string RecipientInert = "UTS";

    /// <summary>A group of the directory would have to be asked; an entry that means to let only its members pass would let everybody.</summary>
    private const string RecipientRefused = "I";

    private readonly Dictionary<string, MappingTable?> _tables = Uses.ToDictionary(use => use.Name, use => snapshot.Mappings.Find(use.Name), StringComparer.Ordinal);

    /// <summary>Every table that the server asks by its own name, with the flags it reads there.</summary>
    public static ImmutableArray<TableUse> Uses { get; } =
    [
        new(Port, "YNF<>", "T"),
        new(Authentication, "YNFDX<>"),
        new(From, Recipient + "JK", RecipientInert + "!", RecipientRefused),
        new(OriginalSend, Recipient, RecipientInert, RecipientRefused),
        new(OriginalMail, Recipient, RecipientInert, RecipientRefused),
        new(Send, Recipient, RecipientInert, RecipientRefused),
        new(Mail, Recipient, RecipientInert, RecipientRefused),
        new(Address, "YNIA"),
        new(Dequeue, "YNS"),
        new(NotificationLanguage, "I"),
    ];

    public bool Exists(string name) => _tables[name] is not null;

    /// <summary>Null when the table does not exist.</summary>
    public TableAnswer? Ask(string name, string probe, InputFlags flags, Inquiry inquiry) =>
        _tables[name] is { } table ? Ask(table, probe, flags, inquiry) : null;

    /// <summary>Asks a table that a parameter or a rule names.</summary>
    public TableAnswer Ask(MappingTable table, string probe, InputFlags flags, Inquiry inquiry) =>
        inquiry.Ask(snapshot.Mappings, table, probe, flags, snapshot.Options.AccessCalloutFailureIgnore);
}
