namespace Postern.Bench;

/// <summary>A kind of table that can be had in any size, in our language and as a Postfix table of the same content.</summary>
/// <param name="Entry">the pattern of entry i.</param>
/// <param name="Probe">what entry i matches; entry -1 is matched by none.</param>
/// <param name="PostfixType">hash, cidr or pcre.</param>
internal sealed record TableShape(string Name, Func<int, string> Entry, Func<int, string> Probe, string PostfixType, Func<int, string> PostfixEntry)
{
    public static TableShape[] All { get; } =
    [
        new("literal addresses", i => $"user{i}@example.com", i => $"user{i}@example.com", "hash", i => $"user{i}@example.com REJECT"),
        new(
            "wildcards `tcp_local\\|*@domainN\\|*\\|*`",
            i => $"tcp_local|*@domain{i}|*|*",
            i => $"tcp_local|someone@domain{i}|tcp_intranet|user.name@example.com",
            "pcre",
            i => $"/^tcp_local\\|.*@domain{i}\\|.*\\|.*$/ REJECT"),
        new("networks `$(a.b.c.0/24)`", i => $"$({Network(i)}/24)", i => i < 0 ? "192.0.2.77" : Address(i), "cidr", i => $"{Network(i)}/24 REJECT"),
    ];

    private static string Network(int i) => $"{10 + (i / 65536)}.{i / 256 % 256}.{i % 256}.0";

    private static string Address(int i) => $"{10 + (i / 65536)}.{i / 256 % 256}.{i % 256}.77";
}
