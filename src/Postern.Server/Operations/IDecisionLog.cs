namespace Postern.Server.Operations;

/// <summary>Where decisions are told: the file of a server, or the comments of <c>postern test session</c>.</summary>
public interface IDecisionLog
{
    /// <summary>Must not wait: a client does.</summary>
    void Write(DecisionRecord record);
}
