using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Channels;
using Postern.Smtp.Sasl;

namespace Postern.Policy.Configuration;

// file      = *( blank / comment / user / domain )
// user      = address 1*WSP ( verifier / "*" ) *( 1*WSP attribute )      ; "*" is a mailbox without login
// domain    = "@" name 1*WSP "*" *( 1*WSP attribute )                    ; sourceChannel only
// attribute = ( "mailSMTPSubmitChannel" / "sourceChannel" ) "=" channel  ; names in any letter case
// A "!" starts a comment. Messages never quote a verifier.

/// <summary>Reads and writes the users file, the embedded directory.</summary>
public static class UsersFile
{
    public const string FileName = "users";

    private const string NoLogin = "*";

    /// <returns>empty when the file is missing.</returns>
    public static ImmutableArray<UserEntry> Read(ISourceFiles files, ICollection<Diagnostic> diagnostics) => Read(files, diagnostics, out _);

    /// <inheritdoc cref="Read(ISourceFiles, ICollection{Diagnostic})"/>
    public static ImmutableArray<UserEntry> Read(ISourceFiles files, ICollection<Diagnostic> diagnostics, out ImmutableArray<DomainEntry> domains)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(diagnostics);
        domains = [];
        if (!files.Exists(FileName)) return [];
        Dictionary<string, SourcePosition> seen = new(StringComparer.Ordinal);
        ImmutableArray<UserEntry>.Builder users = ImmutableArray.CreateBuilder<UserEntry>();
        ImmutableArray<DomainEntry>.Builder ofDomains = ImmutableArray.CreateBuilder<DomainEntry>();
        foreach (LogicalLine line in ConfigurationLines.Read(files, FileName, diagnostics))
        {
            ImmutableArray<string> words = Words(line.Text);
            if (words.IsEmpty || words[0].StartsWith('!')) continue;
            bool isDomain = words[0].StartsWith('@');
            string? fault = null;
            string? key = isDomain ? ChannelTable.KeyOf(words[0][1..]) : UserDirectory.KeyOf(words[0]);
            if (key is null)
                fault = $"\"{Printable.Of(words[0])}\" is no address of the form user@domain";
            else if (seen.TryGetValue(key, out SourcePosition first))
                fault = $"{(isDomain ? "domain" : "user")} \"{Printable.Of(words[0])}\" is defined twice, first at {first}";
            else if (isDomain && DomainOf(line.Position, words, key, out fault) is { } domain)
                ofDomains.Add(domain);
            else if (!isDomain && UserOf(line.Position, words, out fault) is { } user)
                users.Add(user);
            if (fault is null) seen[key!] = line.Position;
            else diagnostics.Add(Diagnostic.Error(line.Position, fault));
        }

        domains = ofDomains.ToImmutable();
        return users.ToImmutable();
    }

    /// <summary>One line of the file, without line end.</summary>
    public static string LineOf(string address, ScramVerifier? verifier) => $"{address} {verifier?.ToString() ?? NoLogin}";

    /// <summary>Splits at white space; an address may hold some between its double quotes.</summary>
    private static ImmutableArray<string> Words(string line)
    {
        ImmutableArray<string>.Builder words = ImmutableArray.CreateBuilder<string>();
        int start = 0;
        bool quoted = false;
        for (int i = 0; i <= line.Length; i++)
        {
            if (i < line.Length && (quoted || line[i] is not (' ' or '\t')))
            {
                if (line[i] == '"') quoted = !quoted;
                else if (line[i] == '\\' && quoted && i + 1 < line.Length) i++;
                continue;
            }

            if (i > start) words.Add(line[start..i]);
            start = i + 1;
        }

        return words.ToImmutable();
    }

    private static DomainEntry? DomainOf(SourcePosition at, ImmutableArray<string> words, string key, out string? fault)
    {
        if (words.Length == 1 || words[1] != NoLogin)
        {
            fault = $"a line for a whole domain is \"{Printable.Of(words[0])} * sourceChannel=channel\"";
            return null;
        }

        UserEntry? read = WithAttributes(new UserEntry(at, words[0], null), words, out fault);
        if (read?.SubmitChannel is null) return read is null ? null : new DomainEntry(at, words[0], key, read.SourceChannel);
        fault = "a whole domain has no mailSMTPSubmitChannel; people authenticate";
        return null;
    }

    private static UserEntry? UserOf(SourcePosition at, ImmutableArray<string> words, out string? fault)
    {
        fault = null;
        ScramVerifier? verifier = null;
        if (words.Length == 1)
            fault = $"\"{Printable.Of(words[0])}\" has no verifier; write * for a mailbox without login";
        else if (words[1] != NoLogin && !ScramVerifier.TryParse(words[1], out verifier))
            fault = $"the verifier of \"{Printable.Of(words[0])}\" is not SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey";
        return fault is null ? WithAttributes(new UserEntry(at, words[0], verifier), words, out fault) : null;
    }

    private static UserEntry? WithAttributes(UserEntry user, ImmutableArray<string> words, out string? fault)
    {
        fault = null;
        foreach (string word in words.Skip(2).TakeWhile(w => !w.StartsWith('!')))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? "" : word[..equals].ToLowerInvariant();
            if (name is not ("mailsmtpsubmitchannel" or "sourcechannel") || !ChannelName.IsValid(word.AsSpan(equals + 1)))
            {
                fault = $"\"{Printable.Of(word)}\" is neither mailSMTPSubmitChannel=channel nor sourceChannel=channel";
                return null;
            }

            ChannelName channel = new(word[(equals + 1)..]);
            user = name == "sourcechannel" ? user with { SourceChannel = channel } : user with { SubmitChannel = channel };
        }

        return user;
    }
}
