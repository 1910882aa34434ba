namespace Postern.Smtp.Tests.Transcripts;

/// <summary>How a client's lines reach the server.</summary>
public enum Split
{
    /// <summary>Each line is one packet, sent when the reply to the last one is there.</summary>
    Line,

    /// <summary>All that RFC 2920 lets a client send together is one packet.</summary>
    Whole,

    /// <summary>Each byte is one packet.</summary>
    Byte,
}
