using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Policy.Configuration;

namespace Postern.Policy.Access;

/// <summary>The access tables of one configuration, by their published names. A table that does not exist is not asked.</summary>
/// <param name="random">0 &lt;= x &lt; 1, for <c>$?x?</c>.</param>
internal sealed class AccessTables(ConfigurationSnapshot snapshot, Func<double> random)
{
    public const string Port = "PORT_ACCESS";
    public const string From = "FROM_ACCESS";
    public const string OriginalSend = "ORIG_SEND_ACCESS";
    public const string OriginalMail = "ORIG_MAIL_ACCESS";
    public const string Send = "SEND_ACCESS";
    public const string Mail = "MAIL_ACCESS";

    private readonly Dictionary<string, MappingTable?> _tables = new[] { Port, From, OriginalSend, OriginalMail, Send, Mail }
        .ToDictionary(name => name, snapshot.Mappings.Find, StringComparer.Ordinal);

    public bool Exists(string name) => _tables[name] is not null;

    /// <summary>Null when the table does not exist.</summary>
    public TableAnswer? Ask(string name, string probe, InputFlags flags)
    {
        return _tables[name] is { } table ? Ask(table, probe, flags) : null;
    }

    /// <summary>Asks a table that a parameter or a rule names.</summary>
    public TableAnswer Ask(MappingTable table, string probe, InputFlags flags)
    {
        MappingContext context = new(snapshot.Mappings, flags, CalloutAnswers.Empty, random) { UnavailableFailsEntry = snapshot.Options.AccessCalloutFailureIgnore };
        return new TableAnswer(table, probe, MappingEvaluator.Map(table, probe, context));
    }
}
