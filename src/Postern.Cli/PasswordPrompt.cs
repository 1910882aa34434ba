using System.Text;

namespace Postern.Cli;

/// <summary>Reads a password: one line of standard input, or from the terminal without showing it, twice.</summary>
internal static class PasswordPrompt
{
    /// <returns>null when nothing was given, or the two entries differ.</returns>
    public static string? Read(TextWriter prompt)
    {
        if (Console.IsInputRedirected) return Console.In.ReadLine();
        string first = Hidden(prompt, "password: ");
        string second = Hidden(prompt, "again: ");
        return first == second ? first : null;
    }

    private static string Hidden(TextWriter prompt, string label)
    {
        prompt.Write(label);
        StringBuilder text = new();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key != ConsoleKey.Backspace) text.Append(key.KeyChar);
            else if (text.Length > 0) text.Length--;
        }

        prompt.WriteLine();
        return text.ToString();
    }
}
