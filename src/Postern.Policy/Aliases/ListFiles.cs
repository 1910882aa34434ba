using Postern.Mapping.Text;

namespace Postern.Policy.Aliases;

/// <summary>The files that definitions of one alias file name, each read once.</summary>
internal sealed class ListFiles(ISourceFiles files, ICollection<Diagnostic> diagnostics)
{
    private readonly Dictionary<string, AddressFile> _addresses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UserPatternFile> _users = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, AddressFile> Addresses => _addresses;

    public IReadOnlyDictionary<string, UserPatternFile> Users => _users;

    /// <summary>The text of any other file; null and why, when it cannot be read.</summary>
    public string? Text(string path, out string? fault) => files.Read(path, out fault);

    public void NeedAddresses(string path, SourcePosition at)
    {
        if (!_addresses.TryGetValue(path, out AddressFile? file)) _addresses[path] = file = AddressFile.Read(files, path, diagnostics);
        Warn(file.Unreadable, at);
    }

    public void NeedUsers(string path, SourcePosition at)
    {
        if (!_users.TryGetValue(path, out UserPatternFile? file)) _users[path] = file = UserPatternFile.Read(files, path, diagnostics);
        Warn(file.Unreadable, at);
    }

    private void Warn(string? unreadable, SourcePosition at)
    {
        if (unreadable is not null) diagnostics.Add(Diagnostic.Warning(at, $"{unreadable}; mail for the list is deferred"));
    }
}
