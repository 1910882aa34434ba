using System.Collections.Frozen;

namespace Postern.Policy.Channels;

/// <summary>
/// Options of which a channel follows one: the last that is written. Two different ones on the channel's own line are most
/// likely a slip, while one on the channel's line and one in <c>defaults</c> is what defaults are for.
/// </summary>
internal static class ChannelOptionGroups
{
    private static readonly FrozenDictionary<string, string> ByName = new string[][]
    {
        ["switchchannel", "allowswitchchannel", "noswitchchannel"],
        ["smtp", "smtp_crlf", "smtp_cr", "smtp_lf", "smtp_crorlf", "nosmtp"],
        ["maysaslserver", "mustsaslserver", "nosaslserver"],
        ["maysaslclient", "mustsaslclient", "nosaslclient"],
        ["maysasl", "mustsasl", "nosasl"],
        ["maytlsserver", "musttlsserver", "notlsserver"],
        ["maytlsclient", "musttlsclient", "notlsclient"],
        ["maytls", "musttls", "notls"],
        ["mx", "nonrandommx", "randommx", "defaultmx", "nomx"],
        ["identnone", "identnonelimited", "identnonesymbolic", "identnonenumeric", "identtcp", "identtcplimited", "identtcpsymbolic", "identtcpnumeric"],
        ["forwardchecknone", "forwardchecktag", "forwardcheckdelete"],
        ["vrfydefault", "vrfyallow", "vrfyhide"],
        ["rejectsmtplonglines", "truncatesmtplonglines", "wrapsmtplonglines"],
        ["single", "single_sys", "multiple"],
        ["sendpost", "nosendpost", "copysendpost", "errsendpost"],
        ["warnpost", "nowarnpost", "copywarnpost", "errwarnpost"],
        ["postheadonly", "postheadbody"],
        ["viaaliasrequired", "viaaliasoptional"],
        ["acceptalladdresses", "acceptvalidaddresses"],
        ["sourceroute", "822", "percents", "733", "uucp", "bangstyle"],
        ["header_822", "header_733", "header_uucp"],
        ["connectalias", "connectcanonical"],
    }
    .SelectMany(group => group.Select(name => (Name: name, Group: group[0])))
    .ToFrozenDictionary(o => o.Name, o => o.Group, StringComparer.Ordinal);

    /// <summary>The group's name; an option that stands alone, and its <c>no…</c> form, are a group.</summary>
    public static string Of(ChannelOption option)
    {
        if (ByName.TryGetValue(option.Name, out string? group)) return group;
        return option.Name.StartsWith("no", StringComparison.Ordinal) && ChannelOptions.Find(option.Name[2..]) is { } positive ? positive.Name : option.Name;
    }
}
