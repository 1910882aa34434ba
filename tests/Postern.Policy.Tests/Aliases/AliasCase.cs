using Postern.Policy.Tests.Access;
using Postern.Tests;

namespace Postern.Policy.Tests.Aliases;

/// <summary>One case of <c>conformance/alias</c>.</summary>
internal sealed class AliasCase(CaseText text)
{
    private const string Accounts = "bob@example.com *\nalice@example.com *\njoe@example.com *\nadmin@example.com *\n";

    private static readonly HashSet<string> Keys =
    [
        "name", "source", "aliases", "users", "option", "mappings", "channels", "from", "client", "user", "size", "notify", "orcpt", "rcpt",
        "want", "queued", "notice", "decides", "refused", "finding", "header", "lines", "edited", "objects",
    ];

    public string Place => text.Place;

    public string Name => text.Name;

    /// <summary>What the queue holds is told by a whole transaction only.</summary>
    public bool IsTransaction => All("queued").Any();

    public string? One(string key) => text.One(key);

    public IEnumerable<string> All(string key) => text.All(key);

    public static IReadOnlyDictionary<string, AliasCase> ReadAll() =>
        CaseText.Read("alias", k => Keys.Contains(k) || k.StartsWith("file ", StringComparison.Ordinal), c => new AliasCase(c));

    /// <summary>The site with what the case changes of it.</summary>
    public SiteFiles Change(SiteFiles site)
    {
        SiteFiles files = site.With("aliases", _ => WithPostmaster(One("aliases")!)).With("users", _ => One("users") ?? Accounts);
        foreach (string option in All("option")) files = files.With("option.dat", old => $"{old}{option}\n");
        if (One("mappings") is { } mappings) files = files.With("mappings", old => $"{old}\n{mappings}");
        foreach (string channel in All("channels"))
        {
            string[] change = channel.Split(" => ");
            files = files.With("postern.cnf", old => old.Replace(change[0], change[1], StringComparison.Ordinal));
        }

        foreach ((string key, string content) in text.Values.Where(v => v.Key.StartsWith("file ", StringComparison.Ordinal)))
            files = files.With(key["file ".Length..], _ => content);
        return files;
    }

    /// <summary>No configuration loads without a postmaster; most cases are not about him.</summary>
    private static string WithPostmaster(string aliases) =>
        aliases.Contains("postmaster:", StringComparison.Ordinal) ? aliases : $"{aliases}postmaster: postmaster@ims-ms-daemon\n";
}
