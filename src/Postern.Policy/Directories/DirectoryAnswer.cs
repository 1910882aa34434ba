using Postern.Mapping.Evaluation;

namespace Postern.Policy.Directories;

/// <summary>The answer to a question to the directory, or what it still needs.</summary>
/// <param name="Value">null when there is none, or when that cannot be told.</param>
/// <param name="Unavailable">cannot tell now: never to be read as "none".</param>
public sealed record DirectoryAnswer<T>(T? Value, bool Unavailable = false)
    where T : class
{
    /// <summary>The first search without an answer: ask again with it. Until then the question is <see cref="Unavailable"/>. Null: nothing is open.</summary>
    public Callout? Pending { get; init; }
}
