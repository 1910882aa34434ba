using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Aliases;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>Checks of the alias file that need the other files: tables and channels that lists name, and catch-alls.</summary>
internal static class AliasChecks
{
    private static readonly ChannelName Pipe = new("pipe");

    public static void Check(ConfigurationSnapshot snapshot, ICollection<Diagnostic> diagnostics)
    {
        foreach (AliasDefinition alias in snapshot.Aliases.Definitions)
        {
            if (alias.Key.StartsWith("*@", StringComparison.Ordinal))
                diagnostics.Add(Diagnostic.Warning(alias.Position, $"\"{alias.Name}\" accepts every name of its domain, also those that spam makes up"));
            foreach (AliasTarget target in alias.Targets) CheckProgram(target, snapshot, diagnostics);
            ListParameters rules = alias.Parameters;
            foreach (PostingClause clause in rules.Access.Concat(rules.Moderators).Concat(rules.Holds).Concat(rules.HoldsOthers)) Check(clause, snapshot, diagnostics);
        }
    }

    /// <summary>Mail for a program that nobody registered waits; better to hear of it now.</summary>
    private static void CheckProgram(AliasTarget target, ConfigurationSnapshot snapshot, ICollection<Diagnostic> diagnostics)
    {
        if (target.Mailbox.Domain is not { } domain || snapshot.Channels.FindByHost(domain.Key)?.Name != Pipe) return;
        string local = target.Mailbox.Local.Value;
        string method = local[(local.LastIndexOf('%') + 1)..];
        if (!snapshot.Programs.Any(p => p.Name.Equals(method, StringComparison.OrdinalIgnoreCase)))
            diagnostics.Add(Diagnostic.Warning(target.Position, $"no program \"{Printable.Of(method)}\" in {ProgramFile.FileName}: mail for it waits"));
    }

    private static void Check(PostingClause clause, ConfigurationSnapshot snapshot, ICollection<Diagnostic> diagnostics)
    {
        switch (clause.Test)
        {
            case PosterTest.Mapped mapped when snapshot.Mappings.Find(mapped.Table) is null:
                diagnostics.Add(Diagnostic.Error(clause.Position, $"{clause.Text}: there is no mapping table \"{Printable.Of(mapped.Table)}\""));
                break;
            case PosterTest.SourceChannel channel when !snapshot.Channels.All.Any(c => channel.Pattern.Match(c.Name.ToString()).IsMatch):
                diagnostics.Add(Diagnostic.Warning(clause.Position, $"{clause.Text}: no channel has such a name"));
                break;
        }
    }
}
