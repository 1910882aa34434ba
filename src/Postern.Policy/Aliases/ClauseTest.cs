using System.Collections.Immutable;
using System.IO.Enumeration;
using Postern.Mapping.Evaluation;
using Postern.Policy.Access;
using Postern.Policy.Callouts;
using Postern.Policy.Configuration;
using Postern.Policy.Directories;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Aliases;

/// <summary>
/// Whether one clause holds for a posting. It is asked about the sender the client gave and about the owner of the outer list, or about
/// the authenticated user; one of them is enough. INVARIANT: a file, table or directory that cannot be asked is "cannot tell", never "no".
/// </summary>
internal sealed class ClauseTest(ConfigurationSnapshot snapshot, AccessTables tables)
{
    private readonly NamedPosters _named = new(snapshot.Recipients);

    /// <returns>null when it cannot be told now.</returns>
    public bool? Holds(PosterTest test, Poster poster, ImmutableArray<ExplanationStep>.Builder steps, Inquiry inquiry) => test switch
    {
        PosterTest.Listed listed => snapshot.Aliases.Addresses(listed.File) is { Unreadable: null } file
            ? Identities(listed.Identity, poster).Any(a => file.Contains(a, snapshot.DefaultDomain))
            : null,
        PosterTest.ListedUser listed => snapshot.Aliases.Users(listed.File) is { Unreadable: null } file
            ? file.Patterns.Any(p => p.Matches(poster.Facts.AuthenticatedUser))
            : null,
        PosterTest.Named named => Any(Identities(named.Identity, poster), a => IsNamed(named.Values, a, steps, inquiry)),
        PosterTest.FromDomain from => Any(Identities(from.Identity, poster), a => IsFrom(from, a, steps, inquiry)),
        PosterTest.Mapped mapped => snapshot.Mappings.Find(mapped.Table) is { } table
            ? Any(Identities(mapped.Identity, poster), a => Map(table, a, poster, steps, inquiry))
            : null,
        PosterTest.SourceChannel channel => channel.Pattern.Match(poster.Facts.Source.Current.ToString()).IsMatch,
        PosterTest.User user => user.Pattern.Matches(poster.Facts.AuthenticatedUser),
        PosterTest.Unauthenticated => poster.Facts.AuthenticatedUser is null,
        PosterTest.Anybody => true,
        _ => throw new InvalidOperationException($"unknown test {test.GetType().Name}"),
    };

    /// <summary>For a reader: what the clause was asked about.</summary>
    public static string Subject(PosterTest test, Poster poster) => test switch
    {
        PosterTest.SourceChannel => poster.Facts.Source.Current.ToString(),
        { About: PosterIdentity.Authenticated } => poster.Facts.AuthenticatedUser ?? "nobody authenticated",
        _ => poster.Original == poster.Current ? poster.Original : $"{poster.Original}, {poster.Current}",
    };

    /// <summary>The envelope From of the client, and what an outer list put in its place.</summary>
    public static IEnumerable<Mailbox> Senders(Poster poster) => Parse(poster.Original == poster.Current ? [poster.Original] : [poster.Original, poster.Current]);

    private static IEnumerable<Mailbox> Identities(PosterIdentity identity, Poster poster) =>
        identity == PosterIdentity.EnvelopeFrom ? Senders(poster) : Parse([poster.Facts.AuthenticatedUser]);

    private static IEnumerable<Mailbox> Parse(IEnumerable<string?> addresses)
    {
        foreach (string? address in addresses)
        {
            if (address is { Length: > 0 } && AddressParser.Parse(address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox }) yield return mailbox;
        }
    }

    private static bool? Any(IEnumerable<Mailbox> identities, Func<Mailbox, bool?> holds)
    {
        foreach (Mailbox identity in identities)
        {
            if (holds(identity) is not false and var found) return found;
        }

        return false;
    }

    private bool? IsNamed(ImmutableArray<string> values, Mailbox identity, ImmutableArray<ExplanationStep>.Builder steps, Inquiry inquiry)
    {
        bool found = _named.Include(values, identity, inquiry, out DirectoryTrouble? trouble);
        if (trouble is null) return found;
        steps.Add(new ExplanationStep.Note(trouble.Text));
        return null;
    }

    private bool? IsFrom(PosterTest.FromDomain from, Mailbox identity, ImmutableArray<ExplanationStep>.Builder steps, Inquiry inquiry)
    {
        if (identity.Domain?.Key is not { } domain || !from.Patterns.Any(p => FileSystemName.MatchesSimpleExpression(p.Trim(), domain, ignoreCase: true))) return false;
        return from.Except.IsEmpty ? true : !IsNamed(from.Except, identity, steps, inquiry);
    }

    private bool? Map(Mapping.Tables.MappingTable table, Mailbox identity, Poster poster, ImmutableArray<ExplanationStep>.Builder steps, Inquiry inquiry)
    {
        TableAnswer asked = tables.Ask(table, identity.ToString(), RecipientProbes.Flags(poster.Facts), inquiry);
        steps.AddRange(asked.Steps(decides: false));
        return asked.Fault is not null ? null : asked.Result is MappingResult.Match { AllFailed: false } match && SaysYes(match);
    }

    private static bool SaysYes(MappingResult.Match match) =>
        match.Flags.Has('Y') || match.Flags.Has('T') || match.Output is ['Y' or 'y' or 'T' or 't', ..];
}
