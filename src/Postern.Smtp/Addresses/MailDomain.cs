using System.Net;
using System.Text;

namespace Postern.Smtp.Addresses;

/// <summary>
/// The right side of a mailbox: a name, or an address literal (RFC 5321 §4.1.3). Equality is by <see cref="Key"/>,
/// so that letter case and the spelling of an IPv6 address or an internationalised label never matter.
/// </summary>
/// <param name="Text">the spelling of the input, brackets included for a literal, without a trailing dot.</param>
/// <param name="Key">canonical form for comparison: lower-case A-labels, or the canonical literal with brackets.</param>
public abstract record MailDomain(string Text, string Key)
{
    /// <summary>US-ASCII: the spelling of the input, or <see cref="Key"/> where that holds U-labels.</summary>
    public string AsciiText => Ascii.IsValid(Text) ? Text : Key;

    public sealed record Name(string Text, string Key) : MailDomain(Text, Key)
    {
        public bool Equals(Name? other) => other is not null && other.Key == Key;

        public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Key);
    }

    /// <summary><c>[192.0.2.1]</c> or <c>[IPv6:2001:db8::1]</c>.</summary>
    public sealed record Literal(string Text, string Key, IPAddress Address) : MailDomain(Text, Key)
    {
        public bool Equals(Literal? other) => other is not null && other.Key == Key;

        public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Key);
    }

    /// <summary><c>[tag:content]</c>, RFC 5321 general address literal.</summary>
    public sealed record TaggedLiteral(string Text, string Key, string Tag, string Content) : MailDomain(Text, Key)
    {
        public bool Equals(TaggedLiteral? other) => other is not null && other.Key == Key;

        public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Key);
    }

    public sealed override string ToString() => Text;
}
