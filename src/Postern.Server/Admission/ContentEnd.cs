namespace Postern.Server.Admission;

/// <summary>How the reading of content ended.</summary>
internal enum ContentEnd
{
    Complete,

    /// <summary>Nothing came for too long.</summary>
    TimedOut,

    TooSlow,

    ConnectionLost,
}
