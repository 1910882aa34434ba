namespace Postern.Mapping.Evaluation;

/// <summary>The answer to a <see cref="Callout"/>.</summary>
public abstract record CalloutAnswer
{
    private CalloutAnswer()
    {
    }

    /// <summary>Yes, with the text that replaces the callout; often empty.</summary>
    public sealed record Success(string Text) : CalloutAnswer;

    /// <summary>No: the entry fails.</summary>
    public sealed record Failure : CalloutAnswer;

    /// <summary>Cannot tell now: the whole mapping is a fault, never "no", but for <see cref="Tables.MappingOptions.SilentRoutines"/>.</summary>
    public sealed record Unavailable : CalloutAnswer;
}
