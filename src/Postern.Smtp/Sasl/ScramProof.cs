namespace Postern.Smtp.Sasl;

/// <summary>What the last message of a SCRAM client is worth.</summary>
public abstract record ScramProof
{
    private ScramProof()
    {
    }

    /// <summary>It is no client-final-message.</summary>
    public sealed record Malformed : ScramProof;

    /// <summary>The password, the nonce or the channel is another one.</summary>
    public sealed record Wrong : ScramProof;

    /// <param name="ServerFinal">by which the server proves that it knows the verifier.</param>
    public sealed record Right(string ServerFinal) : ScramProof;
}
