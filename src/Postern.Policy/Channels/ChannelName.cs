namespace Postern.Policy.Channels;

/// <summary>The identity of a channel: lower case, at most 32 letters, digits, <c>_</c>, <c>$</c> or <c>-</c> (Administration Guide 6.3, ch. 12).</summary>
public readonly record struct ChannelName
{
    public const int MaximumLength = 32;

    private readonly string? _text;

    public ChannelName(string text) => _text = text.ToLowerInvariant();

    /// <summary>The local channel: addresses that lead here are looked up as aliases.</summary>
    public static ChannelName Local { get; } = new("l");

    /// <summary>Whether the channel gives its mail back to the MTA, to be rewritten and expanded anew.</summary>
    public bool HandsBack => _text is "process" or "reprocess" or "conversion" or "defragment";

    /// <summary>Whether mail of the channel waits for an operator and is then rewritten and expanded anew.</summary>
    public bool IsHold => _text is "hold";

    /// <summary>Whether a channel block may be named so.</summary>
    public static bool IsValid(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaximumLength) return false;
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '$' or '-')) return false;
        }

        return true;
    }

    public override string ToString() => _text ?? "";
}
