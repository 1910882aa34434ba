using System.Globalization;

namespace Postern.Policy.Channels;

/// <summary>ISO 8601 durations as <c>backoff</c> and <c>notices</c> take them: weeks, days, hours, minutes, seconds, in any letter case.</summary>
internal static class IsoDuration
{
    private const string Units = "WDTHMS";

    /// <returns>false also for a duration of zero or over ten years.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length < 3 || text[0] is not ('P' or 'p')) return false;
        text = text[1..];
        long seconds = 0;
        int last = -1;
        while (!text.IsEmpty)
        {
            int digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits < 0) return false;
            int unit = Units.IndexOf(char.ToUpperInvariant(text[digits]), StringComparison.Ordinal);
            bool separator = unit == 2;

            // INVARIANT: units come in descending order, days and weeks before the T, the rest behind it.
            if (unit <= last || separator != (digits == 0) || (unit > 2 && last < 2)) return false;
            if (!separator)
            {
                if (!int.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out int number)) return false;
                seconds += number * SecondsOf(unit);
            }

            last = unit;
            text = text[(digits + 1)..];
        }

        if (last == 2 || seconds is <= 0 or > 3650L * 86400) return false;
        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    private static long SecondsOf(int unit) => Units[unit] switch
    {
        'W' => 7 * 86400,
        'D' => 86400,
        'H' => 3600,
        'M' => 60,
        _ => 1,
    };
}
