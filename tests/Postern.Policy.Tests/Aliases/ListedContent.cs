using System.Globalization;
using System.Text;
using Postern.Policy.Access;
using Postern.Policy.Aliases;
using Postern.Policy.Configuration;
using Xunit;

namespace Postern.Policy.Tests.Aliases;

/// <summary>What the lists on a recipient's way make of content, against the lines of a case.</summary>
internal static class ListedContent
{
    /// <param name="objects">what a list has against it; null for nothing.</param>
    /// <param name="edited">the header of the copy; null when the case does not say.</param>
    /// <param name="place">of the case, for a failure.</param>
    public static void Check(
        ConfigurationSnapshot snapshot, Decision decision, string header, string? size, string? lines, string? objects, string? edited, string place)
    {
        ListPath lists = decision.Recipients[0].Lists ?? throw new InvalidDataException($"{place}: no list works on the copy");
        byte[] octets = Encoding.UTF8.GetBytes(header.Replace("\n", "\r\n", StringComparison.Ordinal));
        ListContent content = new(octets, long.Parse(size ?? "1000", CultureInfo.InvariantCulture), long.Parse(lines ?? "10", CultureInfo.InvariantCulture));
        string? objection = ListContentCheck.Check(lists, content, snapshot) switch
        {
            ListObjection.Refusal r => $"{r.Fault.Code} {r.Fault.Status} {r.List.List.Name}",
            ListObjection.Hold h => $"held: {h.Reason} {h.List.List.Name}",
            _ => null,
        };
        Assert.Equal(objects, objection);
        if (edited is null) return;
        string made = Encoding.UTF8.GetString(ListHeader.Edit(octets, lists, snapshot).Span);
        Assert.DoesNotContain("\n", made.Replace("\r\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(edited, made.Replace("\r\n", "\n", StringComparison.Ordinal));
    }
}
