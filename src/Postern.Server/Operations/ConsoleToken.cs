using System.Security.Cryptography;
using System.Text;

namespace Postern.Server.Operations;

/// <summary>The secret of the web console: made once, kept in a file with mode 0600.</summary>
public static class ConsoleToken
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="IOException">the file can be neither read nor made.</exception>
    public static string ReadOrMake(string file)
    {
        if (Read(file) is { } existing)
        {
            File.SetUnixFileMode(file, OwnerOnly);
            return existing;
        }

        File.Delete(file);
        string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        using FileStream stream = new(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
        stream.Write(Encoding.ASCII.GetBytes(token + "\n"));
        return token;
    }

    /// <summary>Null when there is no file, or an empty one.</summary>
    public static string? Read(string file) => File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } token ? token : null;
}
