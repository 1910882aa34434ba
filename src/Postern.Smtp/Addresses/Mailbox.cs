using System.Collections.Immutable;
using System.Text;

namespace Postern.Smtp.Addresses;

/// <summary>
/// An address as the envelope carries it: an optional source route (RFC 5321 appendix C), a local part and a domain.
/// </summary>
/// <param name="Route">hosts of <c>@a,@b:</c>, left to right; empty for nearly all mail.</param>
/// <param name="Domain">null for a bare local part.</param>
public sealed record Mailbox(ImmutableArray<MailDomain> Route, LocalPart Local, MailDomain? Domain)
{
    public Mailbox(LocalPart local, MailDomain? domain)
        : this([], local, domain)
    {
    }

    public bool Equals(Mailbox? other) =>
        other is not null && Route.SequenceEqual(other.Route) && Local.Equals(other.Local) && Equals(Domain, other.Domain);

    public override int GetHashCode() => HashCode.Combine(Route.Length, Local, Domain);

    /// <summary>As tables are asked and the queue keeps it: <see cref="ToString"/> with every U-label as its A-label.</summary>
    public string CanonicalText => Format(static host => host.AsciiText);

    /// <summary>Without angle brackets: route kept, local part as dot-atom where possible, domains as the input spelt them.</summary>
    public override string ToString() => Format(static host => host.Text);

    private string Format(Func<MailDomain, string> write)
    {
        if (Route.IsEmpty) return Domain is null ? Local.Text : $"{Local.Text}@{write(Domain)}";
        StringBuilder text = new();
        for (int i = 0; i < Route.Length; i++)
            text.Append(i == 0 ? "@" : ",@").Append(write(Route[i]));
        text.Append(':').Append(Local.Text);
        if (Domain is not null) text.Append('@').Append(write(Domain));
        return text.ToString();
    }
}
