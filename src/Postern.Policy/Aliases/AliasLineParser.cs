using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Aliases;

/// <summary>
/// Parses one definition of the alias file (Administration Reference 6.3, ch. 4 "Alias file").
/// <code>
/// definition  = alias-name ":" *WSP value
/// alias-name  = local [ "@" domain ] / "*@" domain / "*+*@" domain / name "+*" [ "@" domain ]
/// value       = *( named-param "," ) target *( "," target )
///             / "&lt;" filespec *( "," named-param ) [ "," error-return-address ]
/// named-param = "[" NAME "]" *WSP param-value
/// </code>
/// BUGS: a leading colon is read, but does not keep the address out of notifications. Of the list parameters only ENVELOPE_FROM is known. Another one is an error and never ignored: it could have been the
/// one that closes a list to strangers.
/// </summary>
internal sealed class AliasLineParser(ISourceFiles files, ICollection<Diagnostic> diagnostics)
{
    private const int LongestName = 128;

    /// <returns>null after an error.</returns>
    public AliasDefinition? Parse(LogicalLine line)
    {
        SourcePosition at = line.Position;
        if (SplitName(line) is not var (name, value)) return null;
        if (Key(name) is not { } key) return Error(at, $"\"{name}\" is no alias name");
        return value.StartsWith('<') ? List(at, name, key, value[1..]) : Plain(at, name, key, value);
    }

    private (string Name, string Value)? SplitName(LogicalLine line)
    {
        string text = line.Text;
        int colon = -1;
        bool quoted = false;
        for (int i = 0; i < text.Length && colon < 0; i++)
        {
            if (text[i] == '\\' && quoted) i++;
            else if (text[i] == '"') quoted = !quoted;
            else if (text[i] == ':' && !quoted) colon = i;
        }

        if (colon <= 0)
        {
            Error(line.Position, $"\"{text}\" is no alias: a name and a colon are missing");
            return null;
        }

        string name = text[..colon];
        if (!quoted && name.AsSpan().IndexOfAny(' ', '\t') >= 0 && !name.Contains('"', StringComparison.Ordinal))
        {
            Error(line.Position, $"no white space may stand in an alias name or before its colon: \"{name}\"");
            return null;
        }

        if (name.Length > LongestName)
        {
            Error(line.Position, $"alias name is longer than {LongestName} characters");
            return null;
        }

        return (name, text[(colon + 1)..].Trim());
    }

    private AliasDefinition? Plain(SourcePosition at, string name, string key, string value)
    {
        ImmutableArray<AliasTarget>.Builder targets = ImmutableArray.CreateBuilder<AliasTarget>();
        string? from = null;
        bool sound = true;
        foreach (string item in ItemSplitter.Split(value))
        {
            if (item.StartsWith('['))
            {
                sound &= targets.Count == 0 ? Parameter(at, item, ref from) : Fault(at, $"\"{item}\" must stand before the first address");
                continue;
            }

            if (Target(at, item) is { } target) targets.Add(target);
            else sound = false;
        }

        return sound ? new AliasDefinition(at, name, key, targets.ToImmutable(), from) : null;
    }

    private AliasDefinition? List(SourcePosition at, string name, string key, string value)
    {
        ImmutableArray<string> items = ItemSplitter.Split(value);
        string? from = null;
        bool sound = true;
        for (int i = 1; i < items.Length; i++)
        {
            if (items[i].StartsWith('[')) sound &= Parameter(at, items[i], ref from);
            else if (i == items.Length - 1 || !items[i + 1].StartsWith('[')) sound &= ErrorReturn(at, items[i], positional: true, ref from);
            else sound &= Fault(at, $"\"{items[i]}\" stands before a named parameter");
        }

        string file = items[0].StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? items[0][5..] : items[0];
        if (file.StartsWith("ldap:", StringComparison.OrdinalIgnoreCase)) sound &= Fault(at, "members by directory URL are not supported");
        if (!sound) return null;
        MemberFile members = MemberFile.Read(files, file, diagnostics, at);
        return new AliasDefinition(at, name, key, members.Targets, from, members.Unreadable);
    }

    private bool Parameter(SourcePosition at, string item, ref string? from)
    {
        int close = item.IndexOf(']', StringComparison.Ordinal);
        if (close < 0) return Fault(at, $"\"{item}\" has no closing bracket");
        string parameter = item[1..close].Trim();
        string value = item[(close + 1)..].Trim();
        return parameter.Equals("ENVELOPE_FROM", StringComparison.OrdinalIgnoreCase)
            ? ErrorReturn(at, value, positional: false, ref from)
            : Fault(at, $"list parameter [{parameter}] is not supported");
    }

    private bool ErrorReturn(SourcePosition at, string value, bool positional, ref string? from)
    {
        if (positional && value == "*") return true;
        if (positional && from is not null) return Fault(at, $"\"{value}\": of the positional list parameters only error-return-address is supported");
        if (value != "/" && AddressParser.Parse(value, smtpUtf8: false) is not AddressParse.Parsed { Mailbox.Domain: not null })
            return Fault(at, $"envelope from \"{value}\" is no full address");
        if (value.Contains("+*@", StringComparison.Ordinal)) return Fault(at, $"envelope from \"{value}\": one copy per recipient is not supported");
        from = value;
        return true;
    }

    private AliasTarget? Target(SourcePosition at, string item) => ParseTarget(item, at, out AliasTarget? target) is not { } fault
        ? target
        : Fault(at, fault) ? target : null;

    /// <returns>null, or why the item is no target.</returns>
    internal static string? ParseTarget(string item, SourcePosition at, out AliasTarget? target)
    {
        target = null;
        string address = ItemSplitter.Address(item.StartsWith(':') ? item[1..] : item);
        if (address.Length == 0) return "an address is missing between two commas or at an end";
        if (address[0] is '|' or '/' || address.StartsWith(":include:", StringComparison.OrdinalIgnoreCase))
            return $"\"{address}\": programs and files are reached through channels, not from an alias";
        if (AddressParser.Parse(address, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: var mailbox })
        {
            return address.Contains(' ', StringComparison.Ordinal) && !address.Contains('"', StringComparison.Ordinal)
                ? $"\"{address}\": addresses are separated by commas"
                : $"\"{address}\" is no address";
        }

        target = new AliasTarget(at, mailbox, mailbox.Local.Value.EndsWith("+*", StringComparison.Ordinal));
        return null;
    }

    private static string? Key(string name) =>
        AddressParser.Parse(name, smtpUtf8: true) is AddressParse.Parsed { Mailbox: { Route.IsEmpty: true } mailbox } ? AliasKey.Of(mailbox) : null;

    private bool Fault(SourcePosition at, string text)
    {
        diagnostics.Add(Diagnostic.Error(at, text));
        return false;
    }

    private AliasDefinition? Error(SourcePosition at, string text)
    {
        diagnostics.Add(Diagnostic.Error(at, text));
        return null;
    }
}
