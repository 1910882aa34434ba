using System.Text;

namespace Postern.Smtp.Commands;

/// <summary>An original recipient as <c>type;address</c> (RFC 3461 §4.2, RFC 6533 §3), decoded.</summary>
public static class OriginalRecipientText
{
    private const string Ordinary = "rfc822;";
    private const string International = "utf-8;";

    /// <param name="address">without angle brackets.</param>
    public static string Of(string address) => (Ascii.IsValid(address) ? Ordinary : International) + address;

    /// <summary>What stands behind a type that names mailboxes; other text as it is.</summary>
    public static string AddressOf(string original) =>
        original.StartsWith(Ordinary, StringComparison.OrdinalIgnoreCase) ? original[Ordinary.Length..]
        : IsInternational(original) ? original[International.Length..]
        : original;

    /// <summary>The address is of the type that may hold more than US-ASCII.</summary>
    public static bool IsInternational(string original) => original.StartsWith(International, StringComparison.OrdinalIgnoreCase);

    /// <summary>As the value of ORCPT, or as a field of a report.</summary>
    /// <param name="original"><c>type;address</c>.</param>
    /// <param name="smtpUtf8">the reader takes UTF-8.</param>
    /// <exception cref="ArgumentException">there is no type, or the address holds what its type cannot.</exception>
    public static string Encode(string original, bool smtpUtf8)
    {
        int end = original.IndexOf(';', StringComparison.Ordinal) + 1;
        if (end <= 1) throw new ArgumentException("an original recipient has a type", nameof(original));
        return original[..end] + (IsInternational(original) ? Unitext.Encode(original[end..], smtpUtf8) : Xtext.Encode(original[end..]));
    }
}
