namespace Postern.Policy.Channels;

/// <summary>One channel option under one of its spellings.</summary>
/// <param name="Name">lower case.</param>
/// <param name="Arguments">for a reader, as in <c>port n</c>; "" when it takes none.</param>
/// <param name="Set">takes the option's arguments and returns the changed channel, or the same one after a fault.</param>
public sealed record ChannelOption(
    string Name,
    string Arguments,
    ChannelOptionSupport Support,
    Func<ChannelDefinition, OptionArguments, ChannelDefinition> Set);
