using CsCheck;
using Postern.Policy.Access;
using Postern.Policy.Tests.Access;
using Postern.Smtp.Addresses;
using Xunit;

namespace Postern.Policy.Tests.Aliases;

/// <summary>Expansion ends for every alias file, within the limits of the configuration.</summary>
public sealed class ExpansionPropertyTests
{
    private const string Seed = "0000KOmA2fo6";
    private const int Names = 8;
    private const int MostRecipients = 40;

    private static readonly SiteFiles Site = SiteFiles.Read("access/site");

    private static readonly Gen<string> Name = Gen.Int[0, Names - 1].Select(n => $"n{n}@example.com");

    private static readonly Gen<string> Target = Gen.Frequency(
        (8, Name),
        (2, Gen.Int[0, 5].Select(n => $"m{n}@example.net")),
        (1, Gen.Const("bob@example.com")),
        (1, Gen.Const("n1+*@example.com")));

    private static readonly Gen<string> Definition = Gen.Select(Gen.Int[0, 5], Target.Array[1, 12], (kind, targets) => kind switch
    {
        0 => $"[ENVELOPE_FROM] owner@example.com, {string.Join(", ", targets)}",
        1 => $"[ENVELOPE_FROM] owner+*@example.com, [TAG] [t], {string.Join(", ", targets)}",
        2 => $"[MODERATOR_ADDRESS] {targets[0]}, [AUTH_CHANNEL] tcp_*, {string.Join(", ", targets)}",
        _ => string.Join(", ", targets),
    });

    private static readonly Gen<string> Aliases = Definition.Array[Names].Select(d => string.Concat(d.Select((text, n) => $"n{n}: {text}\n")));

    private static readonly Gen<string> Forward = Gen.Select(Name, Target, OneOf("$Y$D", "$Y", "$Y$D$H", "$N", "$I")).Array[0, 6]
        .Select(rules => $"FORWARD\n\n  *@nobody.test  $N\n{string.Concat(rules.Select(r => $"  {r.Item1}  {r.Item3}{r.Item2.Replace("*", "x", StringComparison.Ordinal)}\n"))}");

    [Fact]
    public void Expansion_ends_within_its_limits() => Gen.Select(Aliases, Forward, Name).Sample(
        (aliases, forward, recipient) =>
        {
            Site site = new(Site
                .With("aliases", old => $"{old}{aliases}")
                .With("mappings", old => $"{old}\n{forward}")
                .With("option.dat", old => $"{old}MAX_EXPANDED_RECIPIENTS={MostRecipients}\n"));
            Decision decision = site.Recipient(site.Session("203.0.113.9"), "s@x.test", recipient)!;
            bool refused = decision.Verdict is Verdict.Reject or Verdict.Defer;
            Assert.Equal(refused, decision.Recipients.IsEmpty);
            Assert.InRange(decision.Recipients.Length, 0, 2 * MostRecipients);
            Assert.Equal(decision.Recipients.Length, decision.Recipients.DistinctBy(r => (r.Channel, r.Address, r.ReversePath, r.Lists)).Count());

            // Each visit leaves a handful of steps; without the bound on visits this file could take 12^10 of them.
            Assert.InRange(decision.Explanation.Steps.Length, 1, 100 * MostRecipients);
            Assert.All(decision.Recipients, r => Assert.IsType<AddressParse.Parsed>(AddressParser.Parse(r.ReversePath, smtpUtf8: true)));
        },
        seed: Seed,
        iter: 300,
        threads: 1);

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
