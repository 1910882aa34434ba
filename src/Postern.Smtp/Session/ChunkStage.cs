namespace Postern.Smtp.Session;

/// <summary>What became of the chunks of a transaction so far (RFC 3030 §2).</summary>
public enum ChunkStage
{
    None,

    /// <summary>All were taken: more must follow.</summary>
    Taken,

    /// <summary>One was refused, and with it the message: the rest is dropped.</summary>
    Refused,
}
