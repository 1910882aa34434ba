namespace Postern.Smtp.Commands;

/// <summary>What reading a command line gave.</summary>
public abstract record CommandParse
{
    public sealed record Parsed(SmtpCommand Command) : CommandParse;

    /// <param name="Detail">the offending text or the reason, for the reply; may be "".</param>
    public sealed record Refused(CommandRefusal Reason, string Detail) : CommandParse;
}
