namespace Postern.Smtp.Replies;

/// <summary>Text from a peer made fit for one line of a reply, a header or a log.</summary>
public static class PrintableText
{
    /// <param name="mask">stands for each control character, and for the two separators that some readers take for a line end.</param>
    public static string Of(string text, char mask = '?') =>
        text.AsSpan().ContainsAnyExceptInRange(' ', '~') && text.Any(IsUnfit) ? string.Concat(text.Select(c => IsUnfit(c) ? mask : c)) : text;

    private static bool IsUnfit(char c) => char.IsControl(c) || c is '\u2028' or '\u2029';
}
