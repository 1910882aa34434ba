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

    /// <summary>Flags with an argument, in the order in which they take it; <c>N</c> stands for <c>F</c> too.</summary>
    private const string ArgumentOrder = "UJK<>DTAGSX,N";

    /// <summary>The order in PORT_ACCESS (Administration Guide 6.3, 18.3.4).</summary>
    private const string ConnectionOrder = "<>NT";

    /// <summary>Reads an answer of FROM_ACCESS, AUTH_ACCESS or a recipient table.</summary>
    public static AccessAnswer Read(string output, OutputFlags flags) => Read(output, flags, ArgumentOrder);

    /// <summary>Reads an answer of PORT_ACCESS.</summary>
    public static AccessAnswer ReadOfConnection(string output, OutputFlags flags) => Read(output, flags, ConnectionOrder);

    private static AccessAnswer Read(string output, OutputFlags flags, string order)
    {
        bool rejects = flags.Has('N') || flags.Has('F');
        bool Takes(char flag) => flag == 'N' ? rejects : flags.Has(flag);
        int takers = order.Count(Takes);
        AccessAnswer answer = new()
        {
            Rejects = rejects,
            Discards = flags.Has('B') || flags.Has('V') || flags.Has('Z'),
            DiscardsAll = flags.Has('V') || flags.Has('Z'),
            Holds = flags.Has('H'),
        };
        ReadOnlySpan<char> rest = output;
        foreach (char flag in order)
        {
            if (Takes(flag)) answer = With(answer, flag, Cut(ref rest, isLast: --takers == 0));
        }

        return answer;
    }

    private static AccessAnswer With(AccessAnswer answer, char flag, ReadOnlySpan<char> argument) => flag switch
    {
        'J' => answer with { Sender = argument.ToString() },
        'K' => answer with { HeaderSender = argument.ToString() },
        '<' => answer with { LogText = argument.ToString() },
        '>' when answer.Rejects => answer with { LogText = answer.LogText is { } matched ? $"{matched}; {argument}" : argument.ToString() },
        'D' => WithDelay(answer, argument),
        'A' => answer with { Header = argument.ToString() },
        'G' => answer with { Tags = argument.ToString() },
        'X' => EnhancedCode.TryParse(argument, out EnhancedCode code) && code.Class is 4 or 5
            ? answer with { Status = code }
            : answer with { Doubt = $"$X \"{argument}\" is no rejection status" },
        ',' => double.TryParse(argument, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double score)
            ? answer with { ScoreAdjustment = score }
            : answer with { Doubt = $"$, \"{argument}\" is no number" },
        'N' => answer with { Text = argument.ToString() },
        _ => answer,
    };

    private static ReadOnlySpan<char> Cut(ref ReadOnlySpan<char> rest, bool isLast)
    {
        int bar = isLast ? -1 : rest.IndexOf('|');
        ReadOnlySpan<char> argument = bar < 0 ? rest : rest[..bar];
        rest = bar < 0 ? default : rest[(bar + 1)..];
        return argument;
    }

    /// <summary>Hundredths of a second; a negative number delays this reply only.</summary>
    private static AccessAnswer WithDelay(AccessAnswer answer, ReadOnlySpan<char> argument)
    {
        if (!long.TryParse(argument, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long hundredths))
            return answer with { Doubt = $"$D \"{argument}\" is no number" };
        double milliseconds = Math.Min(Math.Abs((double)hundredths) * 10, LongestDelay.TotalMilliseconds);
        return answer with { Delay = TimeSpan.FromMilliseconds(milliseconds), DelayLater = hundredths > 0 };
    }
}
