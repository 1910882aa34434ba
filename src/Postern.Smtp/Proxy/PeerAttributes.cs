using System.Globalization;
using System.Net;

namespace Postern.Smtp.Proxy;

/// <summary>What a peer says of the client it speaks for. Null is not told.</summary>
/// <param name="Name">what the peer holds for the client's host name.</param>
/// <param name="Helo">what the client called itself.</param>
/// <param name="Login">who the client authenticated as.</param>
/// <param name="Identity">the peer's own name for the message.</param>
/// <param name="Source"><c>LOCAL</c> or <c>REMOTE</c>.</param>
public sealed record PeerAttributes(
    string? Name = null,
    IPAddress? Address = null,
    int? Port = null,
    string? Protocol = null,
    string? Helo = null,
    string? Login = null,
    string? Identity = null,
    string? Source = null)
{
    public static PeerAttributes None { get; } = new();

    /// <summary>One line for the log.</summary>
    public override string ToString()
    {
        string? client = Address is null ? null : Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"[{Address}]:{port}") : $"[{Address}]";
        return string.Join(' ', new[] { client, Word("name", Name), Word("helo", Helo), Word("proto", Protocol), Word("ident", Identity), Word("source", Source) }.OfType<string>());
    }

    private static string? Word(string name, string? value) => value is null ? null : $"{name}={value}";
}
