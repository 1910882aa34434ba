using Postern.Smtp.Sasl;

namespace Postern.Smtp.Session;

/// <summary>Where an AUTH exchange stands (RFC 4954).</summary>
public abstract record SaslExchange
{
    private SaslExchange(string mechanism) => Mechanism = mechanism;

    public string Mechanism { get; }

    /// <summary>The client's first response is due.</summary>
    public sealed record Begun(string Mechanism) : SaslExchange(Mechanism);

    /// <summary>LOGIN: the name came, the password is due.</summary>
    public sealed record Named(string Mechanism, string User) : SaslExchange(Mechanism);

    /// <summary>SCRAM: the client named itself, its verifier is being looked up.</summary>
    public sealed record Introduced(string Mechanism, ScramClientFirst First) : SaslExchange(Mechanism);

    /// <summary>SCRAM: the proof is due.</summary>
    public sealed record Challenged(string Mechanism, ScramChallenge Challenge) : SaslExchange(Mechanism);

    /// <summary>SCRAM: the proof is right; whether it is accepted is being asked.</summary>
    public sealed record Proved(string Mechanism, string ServerFinal) : SaslExchange(Mechanism);

    /// <summary>SCRAM: our own proof went out, an empty response is due.</summary>
    public sealed record Answered(string Mechanism) : SaslExchange(Mechanism);
}
