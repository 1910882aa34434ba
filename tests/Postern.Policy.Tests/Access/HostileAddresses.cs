using System.Text;

namespace Postern.Policy.Tests.Access;

/// <summary>
/// Recipients as a client would write them that tries to reach a channel of this MTA, or another host through it: every form that
/// names a host (source route, <c>@</c>, <c>%</c>, <c>!</c>, quotes around another address, literals, U- and A-labels), nested in one another,
/// with every host that means something to the initial configuration, and now and then a character that belongs nowhere.
/// Deterministic by its seed.
/// </summary>
internal sealed class HostileAddresses(int seed)
{
    private const int DeepestNesting = 3;

    private static readonly string[] Channels =
    [
        "ims-ms", "native", "pipe", "hold", "process", "reprocess", "conversion", "defragment", "bitbucket", "filter_discard",
        "tcp_local", "tcp_intranet", "tcp_auth", "tcp_submit", "tcp", "l", "tcp_lmtpcs",
    ];

    private static readonly string[] Hosts =
    [
        "mta.example.com", "example.com", "example.net", "corp.example.com", "host1.corp.example.com", "a.b.corp.example.com", "sub.example.com",
        "isp.test", "isp", "localhost", "xn--bcher-kva.example", "bücher.example", "BÜCHER.example", "[192.0.2.25]", "[10.1.2.3]", "[127.0.0.1]", "[203.0.113.9]",
        "[IPv6:::1]", "[IPv6:2001:db8:1::9]", "[IPv6:2001:db8::9]", "[IPv6:::ffff:10.1.2.3]", "[x-tag:content]", "reprocess-daemon-error", "ims-ms.mta.example.net",
    ];

    private static readonly string[] Users =
    [
        "bob", "ann", "x", "postmaster", "Bob", "bob+folder", "x+", "nobody", "u.v", "$U", "a$H${INTERNAL_IP", "|cat", "*", "#1", "ü", "tcp_local", "process-daemon", "a=b", "%", "!",
    ];

    private static readonly string[] Strays =
    [
        "\0", "\r\n", "\n", "\t", " ", "\u007f", "\u0085", "\u2028", "\"", "\\", "@", ":", ",", "%", "%%", "!", "|", ".", "..", "<", ">", "(", ")", "[", "]", "+", "$", "-daemon",
    ];

    private readonly Random _random = new(seed);

    public string Next()
    {
        string address = Address(_random.Next(DeepestNesting + 1));
        return _random.Next(12) == 0 ? address.Insert(_random.Next(address.Length + 1), Pick(Strays)) : address;
    }

    private string Address(int depth)
    {
        StringBuilder text = new();
        if (_random.Next(4) == 0)
        {
            int hosts = _random.Next(1, 4);
            for (int i = 0; i < hosts; i++) text.Append(i == 0 ? "@" : _random.Next(8) == 0 ? ":@" : ",@").Append(Host());
            text.Append(':');
        }

        text.Append(Local(depth));
        if (_random.Next(6) != 0) text.Append('@').Append(Host());
        return text.ToString();
    }

    private string Local(int depth) => (depth == 0 ? 0 : _random.Next(6)) switch
    {
        1 => $"{Local(depth - 1)}%{Host()}",
        2 => $"{Host()}!{Local(depth - 1)}",
        3 => Quoted(Address(depth - 1)),
        4 => Quoted(Local(depth - 1)),
        5 => $"{Pick(Users)}.{Quoted(Address(depth - 1))}",
        _ => Pick(Users),
    };

    private static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private string Host()
    {
        string host = _random.Next(3) switch
        {
            0 => $"{Pick(Channels)}-daemon",
            1 => $"{Pick(Channels)}.mta.example.com",
            _ => Pick(Hosts),
        };
        host = _random.Next(4) switch
        {
            0 => host.ToUpperInvariant(),
            1 => string.Concat(host.Select(c => _random.Next(2) == 0 ? char.ToUpperInvariant(c) : c)),
            _ => host,
        };
        return _random.Next(8) == 0 ? host + "." : host;
    }

    private string Pick(string[] from) => from[_random.Next(from.Length)];
}
