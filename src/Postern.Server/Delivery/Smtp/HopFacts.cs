using System.Net;

namespace Postern.Server.Delivery.Smtp;

/// <summary>What the transaction log is told of a connection to a next hop, and of what was sent on it.</summary>
/// <param name="Session">ties the lines of the connection together.</param>
/// <param name="Transport"><c>TCP|our address|our port|its address|its port</c>; null for a socket file.</param>
public sealed record HopFacts(string Session, string? Transport)
{
    private const int LongestName = 255;

    /// <summary><c>SMTP</c> or <c>LMTP</c>, and behind a stroke the name that the host gives itself.</summary>
    public string Application { get; init; } = "SMTP";

    public bool IsExtended { get; init; }

    public bool IsLmtp { get; init; }

    /// <summary>Version and cipher; null in the clear.</summary>
    public string? Tls { get; init; }

    public bool IsAuthenticated { get; init; }

    /// <summary>The letters behind an action.</summary>
    public string Modifiers => $"{(IsLmtp ? "L" : IsExtended ? "E" : "")}{(Tls is null ? "" : "S")}{(IsAuthenticated ? "A" : "")}";

    /// <param name="local">null where nothing was connected.</param>
    public static string? TransportOf(EndPoint? local, EndPoint? remote) =>
        remote is IPEndPoint there ? local is IPEndPoint here ? $"TCP|{here.Address}|{here.Port}|{there.Address}|{there.Port}" : $"TCP|||{there.Address}|{there.Port}" : null;

    /// <summary>What a host that greeted us answered to EHLO, LHLO or HELO.</summary>
    public HopFacts Greeted(string answer, bool extended, bool lmtp) => this with
    {
        Application = $"{(lmtp ? "LMTP" : "SMTP")}/{NameIn(answer)}",
        IsExtended = extended,
        IsLmtp = lmtp,
    };

    /// <summary>The first word, not longer than a host name can be (RFC 5321 §4.5.3.1.2).</summary>
    private static string NameIn(string answer)
    {
        string word = answer.Split(' ')[0];
        return word.Length <= LongestName ? word : word[..LongestName];
    }
}
