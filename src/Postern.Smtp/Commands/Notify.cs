namespace Postern.Smtp.Commands;

/// <summary>NOTIFY of a recipient (RFC 3461 §4.1). The numbers are those the queue stores.</summary>
[Flags]
public enum Notify
{
    /// <summary>Not given: failures and delays are told.</summary>
    None = 0,
    Never = 1,
    Success = 2,
    Failure = 4,
    Delay = 8,
}
