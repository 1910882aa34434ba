namespace Postern.Server.Delivery.Dsn;

/// <summary>How much of a message a notification brings back.</summary>
internal enum ReturnedPart
{
    Header,

    /// <summary>The header and the first lines of the text (LINES_TO_RETURN).</summary>
    Sample,

    Whole,
}
