using System.Globalization;
using Postern.Mapping.Text;

namespace Postern.Policy.Configuration;

/// <summary>One <c>NAME=value</c> of option.dat, dispatcher.cnf or job_controller.cnf.</summary>
/// <param name="Name">upper case.</param>
/// <param name="Value">without the double quotes around it.</param>
internal readonly record struct Setting(SourcePosition Position, string Name, string Value)
{
    public Diagnostic Warning(string text) => Diagnostic.Warning(Position, text);

    public Diagnostic Error(string text) => Diagnostic.Error(Position, text);

    public Diagnostic Needs(string what) => Error($"{Name} needs {what}, not \"{Printable.Of(Value)}\"");

    /// <summary>1, yes, true, on and their opposites, in any letter case; null for anything else.</summary>
    public bool? AsSwitch() => Value.ToLowerInvariant() switch
    {
        "1" or "yes" or "true" or "on" => true,
        "0" or "no" or "false" or "off" => false,
        _ => null,
    };

    /// <summary>A decimal number, or <c>b%digits</c> in base b from 2 to 36; null when it is none or out of range.</summary>
    public long? AsNumber(long least, long most)
    {
        int percent = Value.IndexOf('%', StringComparison.Ordinal);
        long number;
        if (percent < 0)
        {
            if (!long.TryParse(Value, NumberStyles.None, CultureInfo.InvariantCulture, out number)) return null;
        }
        else if (!int.TryParse(Value.AsSpan(0, percent), NumberStyles.None, CultureInfo.InvariantCulture, out int radix)
            || radix is < 2 or > 36
            || InBase(Value.AsSpan(percent + 1), radix) is not { } converted)
        {
            return null;
        }
        else
        {
            number = converted;
        }

        return number >= least && number <= most ? number : null;
    }

    private static long? InBase(ReadOnlySpan<char> digits, int radix)
    {
        if (digits.Length is 0 or > 12) return null;
        long number = 0;
        foreach (char c in digits)
        {
            int digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? char.ToUpperInvariant(c) - 'A' + 10 : radix;
            if (digit >= radix) return null;
            number = (number * radix) + digit;
        }

        return number;
    }
}
