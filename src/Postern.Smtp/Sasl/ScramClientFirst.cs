using System.Text;

namespace Postern.Smtp.Sasl;

// client-first-message = gs2-header [ reserved-mext "," ] "n=" saslname "," "r=" c-nonce [ "," extensions ]   ; RFC 5802 §7
// gs2-header           = ( "p=" cb-name / "n" / "y" ) "," [ "a=" saslname ] ","
// saslname             = 1*( any character but NUL, "," and "=" / "=2C" / "=3D" )
// c-nonce              = 1*( %x21-2B / %x2D-7E )

/// <summary>The first message of a SCRAM client.</summary>
/// <param name="Binding">the channel binding that the client uses, <c>p=</c>; null is none.</param>
/// <param name="CouldBind">the client would have bound the channel, had it been offered: <c>y</c>.</param>
/// <param name="AuthorizationIdentity">null is the user's own.</param>
/// <param name="Header">the GS2 header with its last comma, as it came: the proof covers it.</param>
/// <param name="Bare">what stands behind it.</param>
public sealed record ScramClientFirst(
    string? Binding, bool CouldBind, string? AuthorizationIdentity, string User, string Nonce, string Header, string Bare)
{
    /// <summary>Octets; a longer nonce would make our answer longer than a reply line may be.</summary>
    public const int MaximumNonce = 128;

    /// <returns>null when the grammar is broken, or an extension is demanded (<c>m=</c>); we know none.</returns>
    public static ScramClientFirst? Parse(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        string[] parts = message.Split(',');
        if (parts is not [var flag, var identity, var name, var nonce, ..]) return null;
        string? binding = flag.StartsWith("p=", StringComparison.Ordinal) ? flag[2..] : null;
        if (binding is null ? flag is not ("n" or "y") : binding.Length == 0 || !binding.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-')) return null;
        string? acting = null;
        if (identity.Length > 0 && (acting = NameIn(identity, "a=")) is null) return null;
        if (NameIn(name, "n=") is not { } user || !nonce.StartsWith("r=", StringComparison.Ordinal) || !IsNonce(nonce.AsSpan(2))) return null;
        string header = $"{flag},{identity},";
        return new ScramClientFirst(binding, flag == "y", acting, user, nonce[2..], header, message[header.Length..]);
    }

    /// <summary>Printable ASCII without commas.</summary>
    private static bool IsNonce(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaximumNonce) return false;
        foreach (char c in text)
        {
            if (c is < '!' or > '~' or ',') return false;
        }

        return true;
    }

    private static string? NameIn(string part, string prefix)
    {
        if (!part.StartsWith(prefix, StringComparison.Ordinal) || part.Length == prefix.Length) return null;
        StringBuilder name = new(part.Length);
        for (int i = prefix.Length; i < part.Length; i++)
        {
            if (part[i] == '\0') return null;
            if (part[i] != '=')
            {
                name.Append(part[i]);
                continue;
            }

            ReadOnlySpan<char> escape = part.AsSpan(i);
            if (escape.StartsWith("=2C")) name.Append(',');
            else if (escape.StartsWith("=3D")) name.Append('=');
            else return null;
            i += 2;
        }

        return name.ToString();
    }
}
