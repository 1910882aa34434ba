using System.CommandLine.Parsing;
using System.Globalization;

namespace Postern.Cli;

/// <summary>An age on the command line: a number and <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>.</summary>
internal static class AgeArgument
{
    public static TimeSpan? Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (text.Length > 1 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            switch (text[^1])
            {
                case 's': return TimeSpan.FromSeconds(number);
                case 'm': return TimeSpan.FromMinutes(number);
                case 'h': return TimeSpan.FromHours(number);
                case 'd' when number <= 36_500: return TimeSpan.FromDays(number);
            }
        }

        result.AddError($"\"{text}\" is no age: a number and s, m, h or d, as in 90m");
        return null;
    }

    /// <summary>An age as people read it: the two largest units.</summary>
    public static string Text(TimeSpan age) => age switch
    {
        { TotalDays: >= 1 } => $"{(int)age.TotalDays}d{age.Hours:00}h",
        { TotalHours: >= 1 } => $"{(int)age.TotalHours}h{age.Minutes:00}m",
        { TotalMinutes: >= 1 } => $"{(int)age.TotalMinutes}m{age.Seconds:00}s",
        _ => $"{Math.Max((int)age.TotalSeconds, 0)}s",
    };
}
