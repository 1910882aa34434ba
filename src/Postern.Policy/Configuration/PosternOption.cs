namespace Postern.Policy.Configuration;

/// <summary>One option of option.dat.</summary>
public sealed class PosternOption
{
    internal PosternOption(string name, string value, Func<PosternOptions, Setting, PosternOptions?> set)
    {
        Name = name;
        Value = value;
        Set = set;
    }

    /// <summary>Upper case; in the environment <c>POSTERN_</c> stands before it.</summary>
    public string Name { get; }

    /// <summary>For a reader: what it takes.</summary>
    public string Value { get; }

    /// <summary>The options with the setting applied, or null when the value does not fit.</summary>
    internal Func<PosternOptions, Setting, PosternOptions?> Set { get; }
}
