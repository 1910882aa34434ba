using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Pipe;

/// <summary>What the exit code of a program means for the mail it was given (sysexits.h).</summary>
internal static class ExitStatus
{
    /// <summary>From here on a signal ended the program: 128 and its number.</summary>
    private const int Signalled = 129;

    /// <returns>null when the program took the mail.</returns>
    public static EnhancedCode? Of(int exitCode) => exitCode switch
    {
        0 => null,
        64 => new EnhancedCode(5, 5, 4),
        65 => new EnhancedCode(5, 6, 0),
        66 or 67 => new EnhancedCode(5, 1, 1),
        68 => new EnhancedCode(5, 1, 2),
        69 or 71 or 74 or 75 or 79 => new EnhancedCode(4, 3, 0),
        72 or 73 or 78 => new EnhancedCode(4, 3, 5),
        76 => new EnhancedCode(5, 5, 0),
        77 => new EnhancedCode(5, 7, 1),
        >= Signalled => new EnhancedCode(4, 3, 0),
        _ => new EnhancedCode(5, 3, 0),
    };
}
