using System.Collections.Immutable;
using Postern.Mapping.Text;

namespace Postern.Policy.Configuration;

// file = *( blank / comment / user )
// user = address 1*WSP ( verifier / "*" )        ; "*" is a mailbox without login
// A "!" starts a comment. Messages never quote a verifier.

/// <summary>Reads and writes the users file, the embedded directory.</summary>
public static class UsersFile
{
    public const string FileName = "users";

    private const string NoLogin = "*";

    /// <returns>empty when the file is missing.</returns>
    public static ImmutableArray<UserEntry> Read(ISourceFiles files, ICollection<Diagnostic> diagnostics)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(diagnostics);
        if (!files.Exists(FileName)) return [];
        Dictionary<string, SourcePosition> seen = new(StringComparer.Ordinal);
        ImmutableArray<UserEntry>.Builder users = ImmutableArray.CreateBuilder<UserEntry>();
        foreach (LogicalLine line in ConfigurationLines.Read(files, FileName, diagnostics))
        {
            ImmutableArray<string> words = Words(line.Text);
            if (words.IsEmpty || words[0].StartsWith('!')) continue;
            if (UserOf(line.Position, words, out string? fault) is not { } user)
                diagnostics.Add(Diagnostic.Error(line.Position, fault!));
            else if (!seen.TryAdd(UserDirectory.KeyOf(user.Address)!, line.Position))
                diagnostics.Add(Diagnostic.Error(line.Position, $"user \"{Printable.Of(user.Address)}\" is defined twice, first at {seen[UserDirectory.KeyOf(user.Address)!]}"));
            else
                users.Add(user);
        }

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

    private static UserEntry? UserOf(SourcePosition at, ImmutableArray<string> words, out string? fault)
    {
        fault = null;
        ScramVerifier? verifier = null;
        if (UserDirectory.KeyOf(words[0]) is null)
            fault = $"\"{Printable.Of(words[0])}\" is no address of the form user@domain";
        else if (words.Length == 1)
            fault = $"\"{Printable.Of(words[0])}\" has no verifier; write * for a mailbox without login";
        else if (words.Length > 2 && !words[2].StartsWith('!'))
            fault = "a line holds an address and a verifier, and nothing else";
        else if (words[1] != NoLogin && !ScramVerifier.TryParse(words[1], out verifier))
            fault = $"the verifier of \"{Printable.Of(words[0])}\" is not SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey";
        return fault is null ? new UserEntry(at, words[0], verifier) : null;
    }
}
