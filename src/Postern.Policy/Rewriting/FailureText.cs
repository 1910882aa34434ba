using Postern.Smtp.Replies;

namespace Postern.Policy.Rewriting;

/// <summary>The text of <c>$?</c>, kept for the whole address.</summary>
/// <param name="Code">from seven digits <c>abbbccc</c>; null leaves the default status.</param>
internal sealed record FailureText(string Text, EnhancedCode? Code)
{
    public static EnhancedCode? Decode(int? digits) =>
        digits is { } number ? new EnhancedCode(number / 1_000_000, number / 1000 % 1000, number % 1000) : null;
}
