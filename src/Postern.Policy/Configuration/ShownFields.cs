using System.Collections.Immutable;

namespace Postern.Policy.Configuration;

/// <summary>Which fields of a message a notification shows where its text has <c>%H</c>, and in which order (<c>return_header.opt</c>).</summary>
/// <param name="Named">by name, in any case of letters.</param>
/// <param name="Other">all that have no place of their own.</param>
public sealed record ShownFields(ImmutableDictionary<string, ShownField> Named, ShownField Other)
{
    /// <summary>What tells a reader which message it was.</summary>
    public static ShownFields Usual { get; } = new(
        ((string[])["From", "To", "Cc", "Subject", "Date", "Message-ID"])
            .Select((name, i) => KeyValuePair.Create(name, new ShownField(Maximum: 1, Precedence: i)))
            .ToImmutableDictionary(StringComparer.OrdinalIgnoreCase),
        new ShownField(Maximum: 0));

    /// <summary>The fields that are shown, as they are shown.</summary>
    /// <param name="fields">names and bodies in the order of the message.</param>
    public IEnumerable<(string Label, string Body)> Of(IEnumerable<(string Name, string Body)> fields) =>
        fields.Select((f, i) => (f.Name, f.Body, Place: i, How: Named.GetValueOrDefault(f.Name, Other)))
            .GroupBy(f => f.Name, StringComparer.OrdinalIgnoreCase)
            .SelectMany(group => group.Take(group.First().How.Maximum ?? int.MaxValue))
            .OrderBy(f => f.How.Precedence)
            .ThenBy(f => f.Place)
            .Select(f => (f.How.Label ?? f.Name, f.Body));
}
