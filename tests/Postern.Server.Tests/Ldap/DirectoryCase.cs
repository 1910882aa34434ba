using Postern.Tests;

namespace Postern.Server.Tests.Ldap;

/// <summary>One case of <c>conformance/directory</c>.</summary>
internal sealed class DirectoryCase(CaseText text)
{
    private static readonly HashSet<string> Keys =
        ["name", "source", "aliases", "option", "directory", "from", "user", "size", "header", "lines", "rcpt", "want", "refused", "decides", "why", "edited", "objects"];

    public string Place => text.Place;

    public bool IsDown => One("directory") == "down";

    public string? One(string key) => text.One(key);

    public IEnumerable<string> All(string key) => text.All(key);

    /// <param name="file">below <c>conformance/</c>.</param>
    public static IReadOnlyDictionary<string, DirectoryCase> Read(string file) => CaseText.Read(file, Keys.Contains, c => new DirectoryCase(c));
}
