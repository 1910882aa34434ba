namespace Postern.Queue;

/// <summary>What the client declared the content to be (RFC 6152, RFC 3030). The numbers are stored.</summary>
public enum BodyType
{
    SevenBit = 0,
    EightBitMime = 1,
    BinaryMime = 2,
}
