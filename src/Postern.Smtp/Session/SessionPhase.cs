namespace Postern.Smtp.Session;

/// <summary>What the session waits for: it says which events may come next.</summary>
public enum SessionPhase
{
    /// <summary>The connection, before <see cref="SessionEvent.Opened"/>.</summary>
    Opening,

    /// <summary>A command line.</summary>
    Command,

    /// <summary>A line of an AUTH exchange.</summary>
    Sasl,

    /// <summary>The answer to <see cref="SessionEffect.CheckPassword"/>, <see cref="SessionEffect.CheckCertificate"/>, <see cref="SessionEffect.FindVerifier"/> or <see cref="SessionEffect.ConcludeAuthentication"/>.</summary>
    Password,

    /// <summary>The answer to <see cref="SessionEffect.DecideSender"/>.</summary>
    Sender,

    /// <summary>The answer to <see cref="SessionEffect.DecideRecipient"/>.</summary>
    Recipient,

    /// <summary>The answer to <see cref="SessionEffect.VerifyAddress"/>.</summary>
    Verification,

    /// <summary>The answer to <see cref="SessionEffect.ChangeClient"/>.</summary>
    Client,

    /// <summary><see cref="SessionEvent.ContentFinished"/>.</summary>
    Content,

    /// <summary><see cref="SessionEvent.ChunkFinished"/>.</summary>
    Chunk,

    /// <summary><see cref="SessionEvent.TlsStarted"/>.</summary>
    Handshake,

    /// <summary>Nothing: the last reply went out.</summary>
    Closed,
}
