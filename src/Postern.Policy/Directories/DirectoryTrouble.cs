using Postern.Policy.Aliases;
using Postern.Smtp.Replies;

namespace Postern.Policy.Directories;

/// <summary>Why the directory leaves a question open: always "cannot tell now", never "no".</summary>
/// <param name="Text">for the explanation; a client hears less.</param>
internal sealed record DirectoryTrouble(EnhancedCode Status, string Text)
{
    /// <summary>No server answers.</summary>
    public static DirectoryTrouble Down { get; } = new(new EnhancedCode(4, 3, 0), "the directory cannot answer now");

    /// <summary>What the directory holds makes no sense; somebody has to put it right.</summary>
    public static DirectoryTrouble Wrong(string text) => new(new EnhancedCode(4, 3, 5), text);

    public ExpansionFault Fault => new(451, Status, "temporary directory failure");
}
