using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using Postern.Smtp.Commands;

namespace Postern.Smtp.Proxy;

/// <summary>
/// Reads the argument of XCLIENT and XFORWARD (Postfix, "Postfix XCLIENT Howto" and "Postfix XFORWARD Howto").
/// <code>
/// argument  = attribute *( SP attribute )
/// attribute = name "=" xtext                                  ; in any case of letters, each once
/// </code>
/// <c>[UNAVAILABLE]</c> and <c>[TEMPUNAVAIL]</c> tell nothing.
/// </summary>
internal static class PeerAttributeParser
{
    private const int LongestText = 255;

    /// <summary>As EHLO tells them, without LOGIN.</summary>
    public static readonly ImmutableArray<string> OfClient = ["NAME", "ADDR", "PORT", "PROTO", "HELO"];

    public const string Login = "LOGIN";

    public static readonly ImmutableArray<string> OfForward = ["NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE"];

    /// <param name="known">the names that may stand there.</param>
    /// <param name="before">what was told earlier and holds on.</param>
    /// <param name="fault">the attribute that is bad, for the reply.</param>
    public static bool TryParse(
        string argument, ImmutableArray<string> known, PeerAttributes before, [NotNullWhen(true)] out PeerAttributes? attributes, out string fault)
    {
        attributes = null;
        fault = "";
        HashSet<string> seen = new(StringComparer.Ordinal);
        PeerAttributes told = before;
        foreach (string part in argument.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? part : part[..equals].ToUpperInvariant();
            fault = known.Contains(name) ? name : "";
            if (fault.Length == 0 || equals < 0 || !seen.Add(name) || Xtext.Decode(part[(equals + 1)..]) is not { Length: > 0 and <= LongestText } value) return false;
            if (With(told, name, IsUnknown(value) ? null : value) is not { } next) return false;
            told = next;
        }

        if (seen.Count > 0) attributes = told;
        return attributes is not null;
    }

    private static bool IsUnknown(string value) =>
        value.Equals("[UNAVAILABLE]", StringComparison.OrdinalIgnoreCase) || value.Equals("[TEMPUNAVAIL]", StringComparison.OrdinalIgnoreCase);

    /// <returns>null for a value that the attribute cannot have.</returns>
    private static PeerAttributes? With(PeerAttributes told, string name, string? value) => name switch
    {
        "NAME" => told with { Name = value },
        "ADDR" when value is null => told with { Address = null },
        "ADDR" => ClaimedAddress.Parse(value) is { } address && ClaimedAddress.IsHost(Unmapped(address)) ? told with { Address = Unmapped(address) } : null,
        "PORT" when value is null => told with { Port = null },
        "PORT" => ClaimedAddress.PortOf(value) is { } port ? told with { Port = port } : null,
        "PROTO" => OneOf(value, "SMTP", "ESMTP") ? told with { Protocol = value?.ToUpperInvariant() } : null,
        "HELO" => told with { Helo = value },
        Login => told with { Login = value },
        "IDENT" => told with { Identity = value },
        _ => OneOf(value, "LOCAL", "REMOTE") ? told with { Source = value?.ToUpperInvariant() } : null,
    };

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool OneOf(string? value, string one, string other) =>
        value is null || value.Equals(one, StringComparison.OrdinalIgnoreCase) || value.Equals(other, StringComparison.OrdinalIgnoreCase);
}
