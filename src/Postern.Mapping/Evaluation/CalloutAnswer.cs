using System.Collections.Immutable;

namespace Postern.Mapping.Evaluation;

/// <summary>The answer to a <see cref="Callout"/>.</summary>
public abstract record CalloutAnswer
{
    private CalloutAnswer()
    {
    }

    /// <summary>Yes, with the text that replaces the callout; often empty.</summary>
    public sealed record Success(string Text) : CalloutAnswer;

    /// <summary>What a search of a directory found; a search that found nothing is <see cref="Failure"/> or no entries.</summary>
    public sealed record Entries(ImmutableArray<DirectoryEntry> Found) : CalloutAnswer;

    /// <summary>No: the entry fails.</summary>
    public sealed record Failure : CalloutAnswer;

    /// <summary>Cannot tell now: the whole mapping is a fault, never "no", but for <see cref="Tables.MappingOptions.SilentRoutines"/>.</summary>
    public sealed record Unavailable : CalloutAnswer;
}
