namespace Postern.Smtp.Replies;

/// <summary>Text from a peer made fit for one line of a reply, a header or a log.</summary>
public static class PrintableText
{
    /// <param name="mask">stands for each control character.</param>
    public static string Of(string text, char mask = '?') =>
        text.AsSpan().ContainsAnyExceptInRange(' ', '~') && text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? mask : c)) : text;
}
