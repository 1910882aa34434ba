using System.Globalization;
using Postern.Mapping.Evaluation;
using Postern.Smtp.Replies;

namespace Postern.Policy.Access;

/// <summary>
/// Reads flags and their arguments (Administration Guide 6.3, 18.3 "Access Control Mapping Table Flags"). Flags may stand
/// anywhere in a template; their arguments are cut from the output at bars in one fixed order, and the last flag that
/// takes an argument gets the rest, bars included. Too few arguments are empty ones.
/// </summary>
public static class AccessAnswerReader
{
    public static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(60);

    /// <summary>Flags with an argument, in the order in which they take it; <c>N</c> and <c>F</c> come last.</summary>
    private const string ArgumentOrder = "UJK<>DTAGSX,";

    public static AccessAnswer Read(string output, OutputFlags flags)
    {
        bool rejects = flags.Has('N') || flags.Has('F');
        int takers = rejects ? 1 : 0;
        foreach (char flag in ArgumentOrder)
        {
            if (flags.Has(flag)) takers++;
        }

        ReadOnlySpan<char> rest = output;
        TimeSpan delay = TimeSpan.Zero;
        bool delayLater = false;
        EnhancedCode? status = null;
        string? header = null, sender = null, doubt = null;
        foreach (char flag in ArgumentOrder)
        {
            if (!flags.Has(flag)) continue;
            ReadOnlySpan<char> argument = Cut(ref rest, isLast: --takers == 0);
            switch (flag)
            {
                case 'D':
                    (delay, delayLater) = ReadDelay(argument, ref doubt);
                    break;
                case 'X':
                    if (EnhancedCode.TryParse(argument, out EnhancedCode code) && code.Class is 4 or 5) status = code;
                    else doubt = $"$X \"{argument}\" is no rejection status";
                    break;
                case 'A':
                    header = argument.ToString();
                    break;
                case 'J':
                    sender = argument.ToString();
                    break;
            }
        }

        return new AccessAnswer(
            rejects,
            rejects ? rest.ToString() : "",
            Discards: flags.Has('B') || flags.Has('V') || flags.Has('Z'),
            Holds: flags.Has('H'),
            delay,
            delayLater,
            status,
            header,
            sender,
            doubt);
    }

    private static ReadOnlySpan<char> Cut(ref ReadOnlySpan<char> rest, bool isLast)
    {
        int bar = isLast ? -1 : rest.IndexOf('|');
        ReadOnlySpan<char> argument = bar < 0 ? rest : rest[..bar];
        rest = bar < 0 ? default : rest[(bar + 1)..];
        return argument;
    }

    /// <summary>Hundredths of a second; a negative number delays this reply only.</summary>
    private static (TimeSpan Delay, bool Later) ReadDelay(ReadOnlySpan<char> argument, ref string? doubt)
    {
        if (!long.TryParse(argument, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long hundredths))
        {
            doubt = $"$D \"{argument}\" is no number";
            return (TimeSpan.Zero, false);
        }

        double milliseconds = Math.Min(Math.Abs((double)hundredths) * 10, LongestDelay.TotalMilliseconds);
        return (TimeSpan.FromMilliseconds(milliseconds), hundredths > 0);
    }
}
