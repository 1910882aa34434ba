namespace Postern.Queue;

/// <summary>When the sender wants to be told (NOTIFY of RFC 3461 §4.1). The numbers are stored.</summary>
[Flags]
public enum DsnNotify
{
    /// <summary>The client gave no NOTIFY: failures and delays are told.</summary>
    None = 0,
    Never = 1,
    Success = 2,
    Failure = 4,
    Delay = 8,
}
