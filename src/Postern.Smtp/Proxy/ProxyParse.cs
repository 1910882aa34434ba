using System.Net;

namespace Postern.Smtp.Proxy;

/// <summary>What the first octets of a connection are as a PROXY header.</summary>
public abstract record ProxyParse
{
    private ProxyParse()
    {
    }

    /// <summary>A header so far, and more of it must come.</summary>
    public sealed record Incomplete : ProxyParse
    {
        internal static Incomplete Instance { get; } = new();
    }

    /// <summary>No header, whatever may follow.</summary>
    /// <param name="Reason">one line; quotes nothing of the input.</param>
    public sealed record Invalid(string Reason) : ProxyParse;

    /// <param name="Client">whom the proxy speaks for; null when it names nobody (<c>LOCAL</c>, <c>UNKNOWN</c>, not TCP). Never an IPv4-mapped address.</param>
    /// <param name="Length">octets of the header; the client's own begin behind it.</param>
    public sealed record Parsed(IPEndPoint? Client, int Length) : ProxyParse;
}
