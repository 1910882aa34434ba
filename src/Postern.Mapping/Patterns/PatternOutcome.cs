namespace Postern.Mapping.Patterns;

/// <summary>What became of one comparison of a pattern with a text.</summary>
public enum PatternOutcome
{
    NoMatch,
    Match,

    /// <summary>A back match needed more than <see cref="Pattern.StepLimit"/> steps; whether it matches is unknown.</summary>
    StepLimit,
}
