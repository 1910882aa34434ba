using Postern.Mapping.Text;

namespace Postern.Server.Listening;

/// <summary>The certificates in force; a reload reads them anew, and so does whoever sees that they changed, so that a renewed one needs no restart.</summary>
/// <param name="first">what it begins with; null is none.</param>
public sealed class TlsIdentity(TlsMaterial? first = null)
{
    private volatile TlsMaterial? _current = first;

    /// <summary>Null when TLS cannot be offered.</summary>
    public TlsMaterial? Current => _current;

    /// <returns>false and why; then the old certificates stay, all of them.</returns>
    public bool TryLoad(TlsFiles files, out Diagnostic? fault)
    {
        if (TlsMaterial.Load(files, out fault) is not { } read) return false;
        _current = read;
        return true;
    }
}
