using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>One option of the file <c>&lt;channel&gt;_option</c>.</summary>
public sealed class ChannelFileOption
{
    internal ChannelFileOption(string name, string needs, Func<ChannelDefinition, Setting, ChannelDefinition?> set)
    {
        Name = name;
        Needs = needs;
        Set = set;
    }

    public string Name { get; }

    /// <summary>What its value must be, for the message of an error.</summary>
    public string Needs { get; }

    /// <summary>Gives the channel with the setting applied; null when the value is none.</summary>
    internal Func<ChannelDefinition, Setting, ChannelDefinition?> Set { get; }
}
