using System.Collections.Frozen;
using System.Collections.Immutable;
using Postern.Smtp.Addresses;
using Postern.Smtp.Sasl;

namespace Postern.Policy.Configuration;

/// <summary>The embedded directory: the users file, compared case-blind.</summary>
public sealed class UserDirectory
{
    private readonly FrozenDictionary<string, UserEntry> _byAddress;
    private readonly FrozenSet<string> _domains;
    private readonly FrozenDictionary<string, DomainEntry> _domainEntries;
    private readonly string _defaultDomain;
    private readonly ScramVerifier _decoy;
    private readonly int _commonIterations;

    /// <param name="entries">with addresses of the form <c>local-part@domain</c>, each once.</param>
    /// <param name="defaultDomain">stands behind a user name without domain.</param>
    /// <param name="domains">each key once; these do not make a domain local.</param>
    public UserDirectory(ImmutableArray<UserEntry> entries, string defaultDomain, ImmutableArray<DomainEntry> domains = default)
    {
        Entries = entries;
        DomainEntries = domains.IsDefault ? [] : domains;
        _domainEntries = DomainEntries.ToFrozenDictionary(d => d.Key, StringComparer.Ordinal);
        _defaultDomain = defaultDomain;
        _byAddress = entries.ToFrozenDictionary(e => KeyOf(e.Address) ?? e.Address, StringComparer.Ordinal);
        _domains = entries.Select(e => DomainOf(e.Address)).OfType<string>().ToFrozenSet(StringComparer.Ordinal);
        ImmutableArray<int> iterations = [.. entries.Where(e => e.Verifier is not null).Select(e => e.Verifier!.Iterations)];
        _decoy = ScramVerifier.Decoy("", [], iterations.DefaultIfEmpty(ScramVerifier.DefaultIterations).Max());
        _commonIterations = iterations.CountBy(n => n).OrderByDescending(n => n.Value).ThenBy(n => n.Key).Select(n => n.Key).FirstOrDefault(ScramVerifier.DefaultIterations);
    }

    /// <summary>In the order of the file.</summary>
    public ImmutableArray<UserEntry> Entries { get; }

    /// <summary>In the order of the file.</summary>
    public ImmutableArray<DomainEntry> DomainEntries { get; }

    /// <summary>The domains that a user has an address in, as <see cref="MailDomain.Key"/>.</summary>
    public IReadOnlyCollection<string> Domains => _domains;

    /// <param name="address">without domain it means the default one.</param>
    public UserEntry? Find(string address) => KeyOf(Complete(address)) is { } key ? _byAddress.GetValueOrDefault(key) : null;

    /// <param name="localPart">without quotes.</param>
    /// <param name="domainKey"><see cref="MailDomain.Key"/>.</param>
    public UserEntry? Find(string localPart, string domainKey) => _byAddress.GetValueOrDefault($"{localPart.ToLowerInvariant()}@{domainKey}");

    /// <summary>What is said of the whole domain.</summary>
    /// <param name="domainKey"><see cref="MailDomain.Key"/>.</param>
    public DomainEntry? FindDomain(string domainKey) => _domainEntries.GetValueOrDefault(domainKey);

    /// <summary>Whether a user has an address in the domain (<c>$V</c> of rewrite rules).</summary>
    /// <param name="domainKey"><see cref="MailDomain.Key"/>.</param>
    public bool IsLocalDomain(string domainKey) => _domains.Contains(domainKey.ToLowerInvariant());

    /// <summary>Checks a password. An unknown user costs as much as the costliest known one.</summary>
    /// <returns>the user's address as written in the file when accepted, else null.</returns>
    public (bool Accepted, string? Address) Verify(string user, string password)
    {
        UserEntry? entry = Find(user);
        if (entry?.Verifier is { } verifier) return verifier.Verify(password) ? (true, entry.Address) : (false, null);
        _decoy.Verify(password);
        return (false, null);
    }

    /// <summary>
    /// What SCRAM asks a client with this name. A name without login gets a verifier that no password fits, the same one each time
    /// and as costly as most are, so that the answer tells nobody which names exist.
    /// </summary>
    /// <param name="secret">of this installation.</param>
    public ScramVerifier VerifierOf(string user, ReadOnlySpan<byte> secret)
    {
        // Made for everybody: the time of the answer tells nothing either.
        ScramVerifier decoy = ScramVerifier.Decoy(NameOf(user), secret, _commonIterations);
        return Find(user)?.Verifier ?? decoy;
    }

    /// <summary>One form for all spellings of a user's name, known or not: failures are counted by it.</summary>
    public string NameOf(string user) => KeyOf(Complete(user)) ?? user.ToLowerInvariant();

    /// <summary>The form in which addresses are compared, or null when the text is not <c>local-part@domain</c>.</summary>
    internal static string? KeyOf(string address) =>
        AddressParser.Parse(address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: { Route.IsEmpty: true, Domain: { } domain } mailbox }
            ? $"{mailbox.Local.Value.ToLowerInvariant()}@{domain.Key}"
            : null;

    private static string? DomainOf(string address) => KeyOf(address) is { } key ? key[(key.LastIndexOf('@') + 1)..] : null;

    private string Complete(string address) => address.Contains('@', StringComparison.Ordinal) ? address : $"{address}@{_defaultDomain}";
}
