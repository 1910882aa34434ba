namespace Postern.Policy.Channels;

/// <summary>What a Received: field shows of the client (the <c>ident…</c> options).</summary>
public enum ClientDisplay
{
    NameAndAddress,
    Name,
    Address,
}
