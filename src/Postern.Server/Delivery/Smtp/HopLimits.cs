using System.Collections.Immutable;
using System.Globalization;

namespace Postern.Server.Delivery.Smtp;

// LIMITS *( SP name [ "=" value ] ), where the values of the three registered names are numbers of one to six digits, the first no 0.

/// <summary>
/// What a next hop takes, by the LIMITS line of its EHLO reply (RFC 9422); null where it says nothing. A limit that is unknown or has a
/// value that is none counts as not said.
/// </summary>
/// <param name="Transactions">MAIL commands on one connection (MAILMAX).</param>
/// <param name="Recipients">RCPT commands of one transaction (RCPTMAX).</param>
/// <param name="Domains">different domains in these (RCPTDOMAINMAX).</param>
internal sealed record HopLimits(int? Transactions, int? Recipients, int? Domains)
{
    private const int MostDigits = 6;

    public static HopLimits None { get; } = new(null, null, null);

    /// <param name="words">behind the keyword.</param>
    public static HopLimits Of(string words)
    {
        HopLimits limits = None;
        foreach (string word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || Value(word.AsSpan(equals + 1)) is not { } value) continue;
            limits = word[..equals].ToUpperInvariant() switch
            {
                "MAILMAX" => limits with { Transactions = value },
                "RCPTMAX" => limits with { Recipients = value },
                "RCPTDOMAINMAX" => limits with { Domains = value },
                _ => limits,
            };
        }

        return limits;
    }

    /// <summary>Those that one transaction can name, the first ones; at least one.</summary>
    /// <param name="address">as the host is told it.</param>
    public ImmutableArray<int> Fitting(ImmutableArray<int> recipients, Func<int, string> address)
    {
        if (Domains is not { } most) return Recipients is { } count && count < recipients.Length ? recipients[..count] : recipients;
        HashSet<string> domains = new(StringComparer.OrdinalIgnoreCase);
        return [.. recipients.Where(i => Domain(address(i)) is var domain && (domains.Contains(domain) || (domains.Count < most && domains.Add(domain)))).Take(Recipients ?? int.MaxValue)];
    }

    private static string Domain(string address) => address[(address.LastIndexOf('@') + 1)..];

    private static int? Value(ReadOnlySpan<char> digits) =>
        digits.Length is > 0 and <= MostDigits && digits[0] != '0' && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;
}
