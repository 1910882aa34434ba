using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;
using Postern.Policy.Access;
using Postern.Policy.Aliases;
using Postern.Policy.Rewriting;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Configuration;

// Compares the mapping tables with those who ask them: the server by name (AccessTables.Uses) and the rewrite rules by
// "${TABLE,text}". Of an access table the entries are looked at whose whole answer is written in the template; what is substituted
// or depends on a condition is not judged. Every finding is true of the configuration as it stands; not every mistake is found.

/// <summary>Warns of tables that nobody asks and of entries whose answer nobody can use.</summary>
internal static class MappingReview
{
    // "$Y" is what a rule waits for; "$N" is how such tables usually say no.
    private const string RuleFlags = "YN";

    // A clause of a list waits for "$Y" or "$T" (Technical Reference, "Alias file named parameters").
    private const string ClauseFlags = "YTN";

    private static readonly ImmutableArray<TableUse> OfAddresses = [new("FORWARD", "YNDGHI"), new("REVERSE", "YND", "AF")];

    public static void Check(ConfigurationSnapshot snapshot, ICollection<Diagnostic> diagnostics)
    {
        HashSet<string> byRules = new(StringComparer.OrdinalIgnoreCase);
        bool anyTable = false;
        foreach (TemplateStep step in snapshot.Rules.All.SelectMany(r => r.Template.Steps))
        {
            if (step is TemplateStep.Mapping call) byRules.Add(call.Table);
            anyTable |= step is TemplateStep.GeneralText && snapshot.Mappings.Options.GeneralText.Values.Any(MayAsk);
        }

        // The answer of a table is a rewrite template again, and can ask the next one.
        anyTable |= byRules.Any(name => snapshot.Mappings.Find(name)?.Entries.Any(e => e.Template.Parts.Any(p => p is TemplatePart.Literal { Text: var text } && MayAsk(text))) == true);
        snapshot.Mappings.Review([.. AccessTables.Uses, .. OfAddresses, .. byRules.Select(name => new TableUse(name, RuleFlags)), .. ByLists(snapshot.Aliases)], anyTable, diagnostics);
        foreach (TableUse use in AccessTables.Uses)
        {
            foreach (MappingEntry entry in snapshot.Mappings.Find(use.Name)?.Entries ?? [])
                CheckAnswer(use.Name, entry, diagnostics);
        }
    }

    private static IEnumerable<TableUse> ByLists(AliasTable aliases) => aliases.Definitions
        .SelectMany(a => (IEnumerable<PostingClause>)[.. a.Parameters.Access, .. a.Parameters.Moderators, .. a.Parameters.Holds, .. a.Parameters.HoldsOthers])
        .Select(c => c.Test)
        .OfType<PosterTest.Mapped>()
        .Select(t => new TableUse(t.Table, ClauseFlags));

    private static bool MayAsk(string text) => text.Contains('$', StringComparison.Ordinal);

    private static void CheckAnswer(string table, MappingEntry entry, ICollection<Diagnostic> diagnostics)
    {
        if (Written(entry.Template) is not var (text, flags)) return;
        void Warn(string finding) => diagnostics.Add(Diagnostic.Warning(entry.Position, $"entry \"{entry.PatternText}\": {finding}"));
        if (table == AccessTables.Address)
        {
            if (flags.Has('A') && !flags.Has('N') && !IPAddress.TryParse(text.Trim(), out _)) Warn($"$A \"{text}\" is no address");
            return;
        }

        if (table == AccessTables.NotificationLanguage)
        {
            if (!flags.Has('I')) Warn("without $I it chooses no language");
            return;
        }

        if (table == AccessTables.Dequeue)
        {
            if (flags.Has('S') && !int.TryParse(text.Split('|')[0], NumberStyles.None, CultureInfo.InvariantCulture, out _)) Warn($"$S \"{text}\" is no number of seconds");
            return;
        }

        AccessAnswer answer = table == AccessTables.Port ? AccessAnswerReader.ReadOfConnection(text, flags) : AccessAnswerReader.Read(text, flags);
        if (flags.IsEmpty && text.Length > 0) Warn($"no flag is set, so it permits and the text \"{text}\" is not used");
        if (answer.Doubt is { } doubt) Warn(doubt);
        if (flags.Has('A') && answer.Header?.Contains(':', StringComparison.Ordinal) != true) Warn($"$A \"{answer.Header}\" is no header line");
        if (table == AccessTables.From && flags.Has('J') && AddressParser.Parse(answer.Sender ?? "", smtpUtf8: true) is not AddressParse.Parsed)
            Warn($"$J \"{answer.Sender}\" is no address");
        if (table == AccessTables.From && flags.Has('K') && AddressParser.Parse(answer.HeaderSender ?? "", smtpUtf8: true) is not AddressParse.Parsed)
            Warn($"$K \"{answer.HeaderSender}\" is no address");
    }

    /// <summary>The answer of an entry that gives the same one to every probe and ends the mapping; null for another.</summary>
    private static (string Text, OutputFlags Flags)? Written(Template template)
    {
        string text = "";
        OutputFlags flags = OutputFlags.None;
        foreach (TemplatePart part in template.Parts)
        {
            switch (part)
            {
                case TemplatePart.Literal literal:
                    text += literal.Text;
                    break;
                case TemplatePart.Flag flag:
                    flags = flags.With(flag.Value);
                    break;
                case TemplatePart.EndNow:
                    return (text, flags);
                case TemplatePart.Control { Value: MappingControl.End }:
                    break;
                default:
                    return null;
            }
        }

        return (text, flags);
    }
}
