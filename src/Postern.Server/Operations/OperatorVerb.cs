namespace Postern.Server.Operations;

/// <summary>What operators do to the queue, each the subcommand of <c>postern queue</c> of that name.</summary>
public enum OperatorVerb
{
    Retry,
    Hold,
    Release,
    Return,
    Delete,

    /// <summary>A channel gives out no mail.</summary>
    Stop,

    /// <summary>It does again.</summary>
    Start,
}
