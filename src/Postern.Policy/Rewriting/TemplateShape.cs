namespace Postern.Policy.Rewriting;

/// <summary>The forms a template may have, told by its separators (Administration Guide 6.3, 11.4).</summary>
internal static class TemplateShape
{
    public const int MaximumFields = 4;

    /// <param name="separators">for example "%@" for <c>A%B@C</c>; "" for controls only.</param>
    public static bool IsValid(ReadOnlySpan<char> separators) => separators is "" or "%" or "@" or "%@" or "@@" or "@@@";
}
