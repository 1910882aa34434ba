namespace Postern.Mapping.Text;

/// <summary>
/// The files a configuration is read from. The pure assemblies read text through this interface, so that
/// tests and <c>postern diff</c> can load a configuration that is not on the disk.
/// </summary>
public interface ISourceFiles
{
    /// <summary>The text of a file, or null and one line saying why it cannot be read.</summary>
    /// <param name="path">as written in the configuration; a relative path is relative to the configuration directory.</param>
    string? Read(string path, out string? fault);

    /// <summary>Whether the file exists, readable or not.</summary>
    bool Exists(string path);
}
