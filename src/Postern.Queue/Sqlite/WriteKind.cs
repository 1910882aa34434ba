namespace Postern.Queue;

/// <summary>What a call of the writer asks of its transaction.</summary>
internal enum WriteKind
{
    /// <summary>On the disk when it completes.</summary>
    Durable,

    /// <summary>On the disk when it completes; brings new mail, so it is refused when space runs low.</summary>
    NewMail,

    /// <summary>Chunks of a message that is not published: need not be synchronised, refused when space runs low.</summary>
    Staging,

    /// <summary>Need not be synchronised: losing it costs nothing (docs/queue.md section 3).</summary>
    Relaxed,
}
