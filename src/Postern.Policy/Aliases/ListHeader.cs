using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;
using Postern.Smtp.Headers;

namespace Postern.Policy.Aliases;

/// <summary>
/// The header of a list's copies: what it must not keep (Return-Path, Approved, another list's List-Id), what its parameters
/// order, and its own List-Id (RFC 2919) and List-Post (RFC 2369 §3.4). A list inside a list works on what the outer one made.
/// </summary>
public static class ListHeader
{
    private const string ListId = "List-Id";

    /// <param name="header">as received, without the empty line behind it.</param>
    public static ReadOnlyMemory<byte> Edit(ReadOnlyMemory<byte> header, ListPath path, ConfigurationSnapshot snapshot) =>
        HeaderEditor.Apply(header, path.Lists.SelectMany(l => Edits(l, snapshot)));

    /// <summary>The value between the angle brackets of the list's List-Id.</summary>
    public static string IdOf(ListPath path, ConfigurationSnapshot snapshot)
    {
        ListParameters parameters = path.List.Parameters;
        if (parameters.ListId is { } given) return given;
        if (Added(parameters) is { } added) return Between(added);
        string key = path.List.Key.StartsWith('*') ? AliasKey.Of(path.Address) : path.List.Key.Replace("+*", "", StringComparison.Ordinal);
        int at = key.LastIndexOf('@');
        string name = at < 0 ? $"{key}.{snapshot.DefaultDomain}" : $"{key[..at]}.{key[(at + 1)..]}";
        return string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '-'));
    }

    /// <summary>Whether a posting went through the list already.</summary>
    public static bool IsLoop(ReadOnlyMemory<byte> header, ListPath path, ConfigurationSnapshot snapshot) =>
        path.List.IsList && HeaderEditor.Values(header, ListId).Any(v => Between(v).Equals(IdOf(path, snapshot), StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<HeaderEdit> Edits(ListPath path, ConfigurationSnapshot snapshot)
    {
        ListParameters parameters = path.List.Parameters;
        if (path.List.IsList || !parameters.Passwords.IsEmpty) yield return new HeaderEdit.Remove("Approved");
        if (path.List.IsList)
        {
            yield return new HeaderEdit.Remove("Return-Path");
            yield return new HeaderEdit.Remove(ListId);
        }

        foreach (HeaderEdit edit in parameters.HeaderEdits) yield return edit;
        if (!path.List.IsList) yield break;
        yield return new HeaderEdit.Add("List-Post", $"<mailto:{MailTo(PostingAddress(path), snapshot)}>", HeaderAddition.IfAbsent);
        if (parameters.ListId is not null || Added(parameters) is null) yield return new HeaderEdit.Add(ListId, $"<{IdOf(path, snapshot)}>", HeaderAddition.Replace);
    }

    /// <summary>The list by its name in the alias file; a catch-all by the name it was addressed with.</summary>
    private static Mailbox PostingAddress(ListPath path) =>
        !path.List.Key.StartsWith('*') && AddressParser.Parse(path.List.Name.Replace("+*", "", StringComparison.Ordinal), smtpUtf8: true) is AddressParse.Parsed { Mailbox: var named }
            ? named
            : path.Address;

    /// <summary>What has a meaning of its own in a URL is escaped (RFC 6068 §2).</summary>
    private static string MailTo(Mailbox address, ConfigurationSnapshot snapshot) =>
        $"{Uri.EscapeDataString(address.Local.Text)}@{address.Domain?.Key ?? snapshot.DefaultDomain}";

    private static string? Added(ListParameters parameters) =>
        parameters.HeaderEdits.OfType<HeaderEdit.Add>().FirstOrDefault(e => e.Name.Equals(ListId, StringComparison.OrdinalIgnoreCase))?.Value;

    private static string Between(string value)
    {
        int open = value.LastIndexOf('<'), close = value.LastIndexOf('>');
        return open >= 0 && close > open ? value[(open + 1)..close].Trim() : value.Trim();
    }
}
