using Postern.Smtp.Addresses;

namespace Postern.Policy.Rewriting;

/// <summary>How a pattern matched a host, and so which part of the host is which.</summary>
/// <param name="Count">labels left unmatched (names), groups matched (literals).</param>
internal readonly record struct HostMatch(MailDomain Host, HostMatchKind Kind, int Count)
{
    /// <summary>The count of <c>[]</c>: not even the tag of the literal is matched.</summary>
    public const int WholeLiteral = -1;

    /// <summary><c>$H</c>: what the pattern did not match by explicit text.</summary>
    public string Unmatched => Kind switch
    {
        HostMatchKind.Any or HostMatchKind.Dot => Host.Text,
        HostMatchKind.Suffix or HostMatchKind.Stars => Host.Text[..LabelEnd(Count)],
        _ => "",
    };

    /// <summary><c>$D</c>: what it matched by explicit text.</summary>
    public string Matched => Kind switch
    {
        HostMatchKind.Any => "",
        HostMatchKind.Dot => ".",
        HostMatchKind.Suffix or HostMatchKind.Stars => Host.Text[LabelEnd(Count)..],
        _ => Host.Text,
    };

    /// <summary><c>$L</c>: the part of an address literal that the pattern did not match, for IPv6 with its tag when that is a part of it.</summary>
    public string Literal
    {
        get
        {
            if (Kind != HostMatchKind.LiteralPrefix) return "";
            if (Count == WholeLiteral) return Host is MailDomain.Literal ? Host.Key[1..^1] : Host.Text[1..^1];
            if (Count == 0 && Host is MailDomain.Literal { Address: var whole }) return whole.ToString();
            string[] groups = HostProbes.Groups(Host);
            return string.Join(Host is MailDomain.Literal { Address.AddressFamily: System.Net.Sockets.AddressFamily.InterNetwork } ? '.' : ':', groups[Count..]);
        }
    }

    private int LabelEnd(int labels)
    {
        int end = -1;
        for (int i = 0; i < labels; i++)
        {
            end = Host.Text.IndexOf('.', end + 1);
            if (end < 0) return Host.Text.Length;
        }

        return Math.Max(end, 0);
    }
}
