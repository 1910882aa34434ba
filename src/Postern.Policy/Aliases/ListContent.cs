namespace Postern.Policy.Aliases;

/// <summary>What a list may ask of the content of a posting.</summary>
/// <param name="Header">the header block, without the empty line behind it.</param>
/// <param name="Size">octets of the whole content.</param>
/// <param name="Lines">of the whole content.</param>
public sealed record ListContent(ReadOnlyMemory<byte> Header, long Size, long Lines);
