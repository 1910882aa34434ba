using System.Collections.Immutable;

namespace Postern.Policy.Access;

/// <summary>Conversion tags: words that one table gives a message or a recipient and others are shown (<c>$G</c>, option <c>include_conversiontag</c>).</summary>
internal static class ConversionTags
{
    /// <summary>The tags with those of a list joined by commas; each stands once, in the order met.</summary>
    public static ImmutableArray<string> With(ImmutableArray<string> tags, string list)
    {
        foreach (string tag in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!tags.Contains(tag, StringComparer.OrdinalIgnoreCase)) tags = tags.Add(tag);
        }

        return tags;
    }
}
