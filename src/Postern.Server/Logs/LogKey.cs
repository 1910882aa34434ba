using System.Security.Cryptography;
using System.Text;
using Postern.Server.Operations;

namespace Postern.Server.Logs;

/// <summary>A key that is made once and kept in a file with mode 0600. Who has that of hashed addresses can find out whether a guessed name is the one in a log.</summary>
public sealed class LogKey(string file)
{
    private readonly Lazy<byte[]> _key = new(() => SHA256.HashData(Encoding.ASCII.GetBytes(ConsoleToken.ReadOrMake(file))), LazyThreadSafetyMode.PublicationOnly);

    /// <exception cref="IOException">the file can be neither read nor made.</exception>
    public byte[] Value => _key.Value;
}
