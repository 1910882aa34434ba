using Postern.Smtp.Addresses;

namespace Postern.Policy.Rewriting;

/// <summary>
/// The host an address is routed by (Administration Guide 6.3, 11.5.1): the first one of the source route, else the one right of
/// <c>@</c>, else the one right of the last single <c>%</c>, else the one left of the first <c>!</c>. Two or more <c>%</c> in a row are
/// ordinary text, and so is a <c>%</c> or <c>!</c> with something beside it that spells no host. A quoted local part hides both.
/// </summary>
/// <param name="User">the local part that belongs to it (<c>$U</c>), without quotes.</param>
public readonly record struct FirstHost(MailDomain Host, string User, HostLocation Location)
{
    /// <param name="bangOverPercent">reads <c>A!B%C</c> as <c>A!(B%C)</c>.</param>
    /// <returns>null when only a local part is left.</returns>
    public static FirstHost? Of(Mailbox address, bool bangOverPercent)
    {
        string local = address.Local.Value;
        if (!address.Route.IsEmpty) return new FirstHost(address.Route[0], local, HostLocation.Route);
        if (address.Domain is { } domain) return new FirstHost(domain, local, HostLocation.At);
        if (address.Local.WasQuoted) return null;
        return bangOverPercent ? Bang(local) ?? Percent(local) : Percent(local) ?? Bang(local);
    }

    /// <summary>What is left of the address once its first host is taken away.</summary>
    public Mailbox Rest(Mailbox address) => Location switch
    {
        HostLocation.Route => address with { Route = address.Route.RemoveAt(0) },
        HostLocation.At => address with { Domain = null },
        _ => new Mailbox(new LocalPart(User, WasQuoted: false), null),
    };

    private static FirstHost? Percent(string local)
    {
        for (int i = local.Length - 1; i > 0; i--)
        {
            if (local[i] != '%') continue;
            int start = i;
            while (start > 0 && local[start - 1] == '%') start--;
            if (start == i) return HostText.Parse(local[(i + 1)..]) is { } host ? new FirstHost(host, local[..i], HostLocation.Percent) : null;
            i = start;
        }

        return null;
    }

    private static FirstHost? Bang(string local)
    {
        int bang = local.IndexOf('!', StringComparison.Ordinal);
        return bang > 0 && bang < local.Length - 1 && HostText.Parse(local[..bang]) is { } host
            ? new FirstHost(host, local[(bang + 1)..], HostLocation.Bang)
            : null;
    }
}
