using Postern.Mapping.Text;

namespace Postern.Server.Operations;

/// <summary>Configuration files on the disk, read as UTF-8; relative paths start at the configuration directory.</summary>
public sealed class DiskFiles(string directory) : ISourceFiles
{
    public string? Read(string path, out string? fault)
    {
        try
        {
            fault = null;
            return File.ReadAllText(Resolve(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = e is FileNotFoundException or DirectoryNotFoundException ? "file not found" : e.Message;
            return null;
        }
    }

    public bool Exists(string path) => File.Exists(Resolve(path));

    /// <summary>Changes whenever the content does, as far as time and size tell; null when there is no such file.</summary>
    public string? Stamp(string path)
    {
        FileInfo file = new(Resolve(path));
        return file.Exists ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{file.LastWriteTimeUtc.Ticks} {file.Length}") : null;
    }

    private string Resolve(string path) => System.IO.Path.IsPathRooted(path) ? path : System.IO.Path.Combine(directory, path);
}
