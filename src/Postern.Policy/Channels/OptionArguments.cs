using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Postern.Mapping.Text;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Channels;

/// <summary>
/// The words of a channel's first line, taken one after the other by the options. How many words an option takes is
/// its own affair; a list takes words while they have its shape. Faults are added to the diagnostics, never thrown.
/// </summary>
public sealed class OptionArguments
{
    private readonly ImmutableArray<OptionToken> _tokens;
    private readonly SourcePosition _at;
    private readonly ICollection<Diagnostic> _diagnostics;
    private readonly TimeSpan _noticeUnit;
    private readonly List<ChannelReference> _references;
    private readonly bool _isCut;
    private int _next;
    private string _option = "";

    /// <param name="noticeUnit">what a bare number of <c>notices</c> counts.</param>
    /// <param name="isCut">the line could not be split to its end, which was told: that its last option lacks an argument is no news.</param>
    /// <param name="references">receives the names of channels and pools, to be checked when all are known.</param>
    internal OptionArguments(
        SourcePosition at,
        ImmutableArray<OptionToken> tokens,
        bool isCut,
        TimeSpan noticeUnit,
        List<ChannelReference> references,
        ICollection<Diagnostic> diagnostics)
    {
        _at = at;
        _tokens = tokens;
        _isCut = isCut;
        _noticeUnit = noticeUnit;
        _references = references;
        _diagnostics = diagnostics;
    }

    internal bool AtEnd => _next >= _tokens.Length;

    /// <summary>The next word, which is to be an option name.</summary>
    internal OptionToken TakeOption()
    {
        OptionToken token = _tokens[_next++];
        _option = token.Text;
        return token;
    }

    /// <summary>Passes over what can only be an argument of the unknown option before it.</summary>
    internal void SkipValues()
    {
        while (!AtEnd && (_tokens[_next].Quoted || (IsNumeric(_tokens[_next].Text) && ChannelOptions.Find(_tokens[_next].Text) is null))) _next++;
    }

    private static bool IsNumeric(string word) => char.IsAsciiDigit(word[0]) || word[0] is '-' or '+';

    public void Warn(string text) => _diagnostics.Add(Diagnostic.Warning(_at, text));

    /// <returns>null after a fault was reported.</returns>
    public string? TakeText(string what)
    {
        if (!AtEnd) return _tokens[_next++].Text;
        if (!_isCut) Fail($"\"{_option}\" needs {what}");
        return null;
    }

    public int? TakeNumber(int least, int most)
    {
        if (TakeText("a number") is not { } text) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most) return number;
        Fail(most == int.MaxValue
            ? $"\"{_option}\" needs a number of at least {least}, not {Quote(text)}"
            : $"\"{_option}\" needs a number from {least} to {most}, not {Quote(text)}");
        return null;
    }

    public ChannelName? TakeChannel()
    {
        if (TakeText("a channel name") is not { } text) return null;
        if (!ChannelName.IsValid(text))
        {
            Fail($"\"{_option}\" needs a channel name, not {Quote(text)}");
            return null;
        }

        _references.Add(new ChannelReference(_at, _option, text, IsPool: false));
        return new ChannelName(text);
    }

    public string? TakePool()
    {
        if (TakeText("the name of a pool") is not { } text) return null;
        _references.Add(new ChannelReference(_at, _option, text, IsPool: true));
        return text;
    }

    public string? TakeHost()
    {
        if (TakeText("a host name") is not { } text) return null;
        if (ChannelTable.KeyOf(text) is not null || IPAddress.TryParse(text, out _)) return text;
        Fail($"\"{_option}\" needs a host name, not {Quote(text)}");
        return null;
    }

    /// <summary>A host, or the absolute path of a socket file.</summary>
    public string? TakeHostOrSocket() =>
        !AtEnd && _tokens[_next].Text.StartsWith('/') ? _tokens[_next++].Text : TakeHost();

    /// <summary>A second host of a list, told from an option by its dot.</summary>
    public string? TakeFurtherHost() =>
        !AtEnd && _tokens[_next].Text.Contains('.', StringComparison.Ordinal) && ChannelTable.KeyOf(_tokens[_next].Text) is not null
            ? _tokens[_next++].Text
            : null;

    public IPAddress? TakeAddress()
    {
        if (TakeText("an IP address") is not { } text) return null;
        if (IPAddress.TryParse(text.Trim('[', ']'), out IPAddress? address)) return address;
        Fail($"\"{_option}\" needs an IP address, not {Quote(text)}");
        return null;
    }

    /// <summary>A mailbox with its domain.</summary>
    public string? TakeMailbox()
    {
        if (TakeText("an address") is not { } text) return null;
        if (AddressParser.Parse(text, smtpUtf8: false) is AddressParse.Parsed { Mailbox: { Domain: not null, Route.IsEmpty: true } }) return text;
        Fail($"\"{_option}\" needs an address such as postmaster@example.com, not {Quote(text)}");
        return null;
    }

    /// <summary>One address or more.</summary>
    public void SkipAddresses()
    {
        if (TakeAddress() is null) return;
        while (!AtEnd && IPAddress.TryParse(_tokens[_next].Text, out _)) _next++;
    }

    /// <summary>Waits between attempts.</summary>
    /// <returns>empty after a fault was reported.</returns>
    public ImmutableArray<TimeSpan> TakeDurations(int most) =>
        TakeTimes(most, "ISO 8601 durations such as \"PT30M\"", static (text, _) => IsoDuration.TryParse(text, out TimeSpan time) ? time : null);

    /// <summary>Ages in days (hours with <c>return_units</c>) or as durations, each greater than the one before.</summary>
    /// <returns>empty after a fault was reported.</returns>
    public ImmutableArray<TimeSpan> TakeAges(int most)
    {
        ImmutableArray<TimeSpan> ages = TakeTimes(most, "ages such as 1 2 4 or \"PT4H\"", Age);
        for (int i = 1; i < ages.Length; i++)
        {
            if (ages[i] > ages[i - 1]) continue;
            Fail($"the ages of \"{_option}\" must increase");
            return [];
        }

        return ages;

        static TimeSpan? Age(string text, TimeSpan unit)
        {
            if (IsoDuration.TryParse(text, out TimeSpan duration)) return duration;
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and <= 3650
                ? number * unit
                : null;
        }
    }

    private ImmutableArray<TimeSpan> TakeTimes(int most, string what, Func<string, TimeSpan, TimeSpan?> parse)
    {
        ImmutableArray<TimeSpan>.Builder times = ImmutableArray.CreateBuilder<TimeSpan>();
        while (!AtEnd && parse(_tokens[_next].Text, _noticeUnit) is { } time)
        {
            times.Add(time);
            _next++;
        }

        // A word with a digit first or in quotes was meant for the list: no option name looks like that.
        if (!AtEnd && (_tokens[_next].Quoted || char.IsAsciiDigit(_tokens[_next].Text[0])) && _tokens[_next].Text is not ("822" or "733"))
        {
            Fail($"\"{_option}\" needs {what}, not {Quote(_tokens[_next++].Text)}");
            while (!AtEnd && _tokens[_next].Quoted) _next++;
            return [];
        }

        if (times.Count is 0) Fail($"\"{_option}\" needs {what}");
        else if (times.Count > most) Fail($"\"{_option}\" takes at most {most} values");
        else return times.ToImmutable();
        return [];
    }

    internal void Fail(string text) => _diagnostics.Add(Diagnostic.Error(_at, text));

    private static string Quote(string text) => $"\"{Configuration.Printable.Of(text)}\"";
}
