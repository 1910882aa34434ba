using System.Collections.Immutable;

namespace Postern.Policy.Channels;

/// <summary>A word of a channel's first line.</summary>
/// <param name="Quoted">written in double quotes, which are not part of the text; such a word is never an option name.</param>
internal readonly record struct OptionToken(string Text, bool Quoted)
{
    public const int MaximumLength = 4096;

    /// <summary>Splits at white space outside double quotes.</summary>
    /// <param name="fault">null, or why the line cannot be split; the words before the fault are returned.</param>
    public static ImmutableArray<OptionToken> Split(ReadOnlySpan<char> line, out string? fault)
    {
        ImmutableArray<OptionToken>.Builder tokens = ImmutableArray.CreateBuilder<OptionToken>();
        fault = null;
        while (true)
        {
            line = line.TrimStart();
            if (line.IsEmpty) break;
            bool quoted = line[0] == '"';
            int length = quoted ? line[1..].IndexOf('"') : EndOfWord(line);
            if (length < 0)
            {
                fault = "a double quote is not closed";
                break;
            }

            ReadOnlySpan<char> text = quoted ? line.Slice(1, length) : line[..length];
            if (length > MaximumLength)
            {
                fault = $"an argument is longer than {MaximumLength} characters";
                break;
            }

            tokens.Add(new OptionToken(text.ToString(), quoted));
            line = line[(quoted ? length + 2 : length)..];
        }

        return tokens.ToImmutable();
    }

    private static int EndOfWord(ReadOnlySpan<char> line)
    {
        for (int i = 0; i < line.Length; i++)
        {
            if (char.IsWhiteSpace(line[i])) return i;
        }

        return line.Length;
    }
}
