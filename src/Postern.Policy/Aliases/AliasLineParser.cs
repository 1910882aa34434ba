using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Aliases;

/// <summary>
/// Parses one definition of the alias file (Administration Reference 6.3, ch. 4 "Alias file"; Technical Reference, "Alias
/// file format").
/// <code>
/// definition  = alias-name ":" *WSP value
/// alias-name  = local [ "@" domain ] / "*@" domain / "*+*@" domain / name "+*" [ "@" domain ]
/// value       = *( named-param "," ) target *( "," target )
///             / "&lt;" filespec *( "," named-param ) *( "," positional )
/// named-param = "[" NAME "]" *WSP param-value
/// positional  = error-return, reply-to, errors-to, warnings-to, comments; "*" holds the place of one left out
/// target      = [ ":" ] address
/// </code>
/// An unknown parameter is an error and never ignored: it could have been the one that closes a list to strangers.
/// </summary>
internal sealed class AliasLineParser(ListFiles files, ICollection<Diagnostic> diagnostics)
{
    private const int LongestName = 128;
    private const int LongestAddress = 256;

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
        ListDraft draft = new(files);
        bool sound = true;
        foreach (string item in ItemSplitter.Split(value))
        {
            if (item.StartsWith('['))
            {
                sound &= targets.Count == 0 ? Named(at, item, draft) : Fault(at, $"\"{item}\" must stand before the first address");
                continue;
            }

            if (ParseTarget(item, at, out AliasTarget? target) is { } fault) sound = Fault(at, fault);
            else targets.Add(target!);
        }

        if (sound && targets.Count == 0) sound = Fault(at, $"alias \"{name}\" has no address");
        return Finish(at, name, draft, sound) is { } parameters ? new AliasDefinition(at, name, key, targets.ToImmutable(), null, parameters) : null;
    }

    private AliasDefinition? List(SourcePosition at, string name, string key, string value)
    {
        ImmutableArray<string> items = ItemSplitter.Split(value);
        ListDraft draft = new(files);
        bool sound = true;
        int place = 0;
        foreach (string item in items.Skip(1))
        {
            if (!item.StartsWith('[')) sound &= Positional(at, place++, item, draft);
            else if (place == 0) sound &= Named(at, item, draft);
            else sound &= Fault(at, $"\"{item}\" must stand before the positional parameters");
        }

        if (ListParameterTable.PathOf(items[0], out string? file) is { } wrong) sound = Fault(at, $"member file \"{items[0]}\" {wrong}");
        if (Finish(at, name, draft, sound) is not { } parameters) return null;
        files.NeedAddresses(file!, at);
        return new AliasDefinition(at, name, key, [], file, parameters);
    }

    private bool Named(SourcePosition at, string item, ListDraft draft)
    {
        int close = item.IndexOf(']', StringComparison.Ordinal);
        if (close < 0) return Fault(at, $"\"{item}\" has no closing bracket");
        string name = item[1..close].Trim();
        if (ListParameterTable.Find(name) is not { } parameter)
        {
            string? nearest = Spelling.Nearest(name.ToUpperInvariant(), ListParameterTable.Names);
            return Fault(at, $"unknown list parameter [{Printable.Of(name)}]{(nearest is null ? "" : $"; did you mean [{nearest}]?")}");
        }

        if (parameter.Support == ListParameterSupport.Refused)
            return Fault(at, $"list parameter [{parameter.Name}] is not supported, and to ignore it could open the list");
        if (parameter.Support == ListParameterSupport.NotYet)
            diagnostics.Add(Diagnostic.Warning(at, $"list parameter [{parameter.Name}] is not supported yet and has no effect"));
        if (ListValue.Parse(at, item, item[(close + 1)..].Trim()) is not { } value) return Fault(at, $"\"{item}\": the quotes of the value are not closed");
        return parameter.Apply(draft, value) is not { } fault || Fault(at, $"[{parameter.Name}] \"{Printable.Of(value.Text)}\" {fault}");
    }

    /// <summary>The five places behind the named parameters (Administration Reference 6.3, ch. 4 "Mailing lists").</summary>
    private bool Positional(SourcePosition at, int place, string item, ListDraft draft)
    {
        if (item == "*") return true;
        (string text, char modifier) = item.EndsWith('*') ? (item[..^1].TrimEnd(), '*') : (item, '\0');
        string? fault = place switch
        {
            0 => ErrorReturn(draft, text, modifier),
            1 => Field("Reply-To"),
            2 => Field("Errors-To"),
            3 => Field("Warnings-To"),
            4 => ListParameterTable.Add(draft, "Comments", Smtp.Headers.EncodedWord.Of(text), modifier),
            _ => "is one positional parameter too many",
        };
        return fault is null || Fault(at, $"\"{Printable.Of(item)}\" {fault}");

        string? Field(string name) => ListDraft.FullAddress(text, out Mailbox? address) ?? ListParameterTable.Add(draft, name, address!.ToString(), modifier);
    }

    /// <summary>Unlike [ENVELOPE_FROM] the positional form also adds <c>Errors-To</c>.</summary>
    private static string? ErrorReturn(ListDraft draft, string text, char modifier)
    {
        if (ListParameterTable.SetSender(draft, text) is { } fault) return fault;
        return draft.Parameters.Sender is ListSender.Owner owner ? ListParameterTable.Add(draft, "Errors-To", owner.Address.ToString(), modifier) : null;
    }

    private ListParameters? Finish(SourcePosition at, string name, ListDraft draft, bool sound)
    {
        ListParameters parameters = draft.Finish(out string? fault);
        if (fault is not null) sound = Fault(at, $"\"{name}\": {fault}");
        string? trusting = draft.Trusting.FirstOrDefault()?.Text
            ?? (parameters is { ModeratorAddresses: [var moderator, ..], Moderators.IsEmpty: true } ? $"[MODERATOR_ADDRESS] {moderator}" : null);
        if (sound && trusting is not null)
            diagnostics.Add(Diagnostic.Warning(at, $"\"{name}\": {trusting} trusts an envelope from, which anybody can write; the SASL_ forms ask who authenticated"));
        return sound ? parameters : null;
    }

    /// <returns>null, or why the item is no target.</returns>
    internal static string? ParseTarget(string item, SourcePosition at, out AliasTarget? target)
    {
        target = null;
        bool hidden = item.StartsWith(':') && !item.StartsWith(":include:", StringComparison.OrdinalIgnoreCase);
        string address = ItemSplitter.Address(hidden ? item[1..] : item);
        if (address.Length == 0) return "an address is missing between two commas or at an end";
        if (address.Length > LongestAddress) return $"\"{Printable.Of(address)}\" is longer than {LongestAddress} characters";
        if (address[0] is '|' or '/' or ':') return $"\"{address}\": programs and files are reached through channels, not from an alias";
        if (AddressParser.Parse(address, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: var mailbox })
        {
            return address.Contains(' ', StringComparison.Ordinal) && !address.Contains('"', StringComparison.Ordinal)
                ? $"\"{address}\": addresses are separated by commas"
                : $"\"{address}\" is no address";
        }

        target = new AliasTarget(at, mailbox, mailbox.Local.Value.EndsWith("+*", StringComparison.Ordinal), hidden);
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
