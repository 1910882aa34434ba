using System.Collections;
using System.Reflection;
using Postern.Mapping.Text;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Channels;

/// <summary>Every channel option against the conformance data: what it sets, and nothing else.</summary>
public sealed class ChannelOptionTests
{
    private static readonly CaseTable Cases = CaseTable.Read("channel/options.case");
    private static readonly HashSet<string> NotCompared = ["EqualityContract", "Position", "Name", "OfficialHost", "IsRemote"];

    public static TheoryData<string> Names => [.. Cases.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Option_sets_what_the_table_says(string name)
    {
        CaseTable.Row row = Cases[name];
        List<Diagnostic> found = [];
        string sets = Differences(Read("", []), Read(row["given"], found));
        Assert.True(row["sets"] == sets, $"{row}: sets {sets}");
        string finding = string.Join(" / ", found.Select(d => $"{(d.IsError ? "error" : "warning")}: {d.Text}"));
        Assert.True(row["finding"].Length == 0 ? finding.Length == 0 : Matches(row["finding"], found), $"{row}: finds {finding}");
        Assert.All(found, d => Assert.Equal(("postern.cnf", 4), (d.File, d.Line)));
    }

    [Fact]
    public void Every_option_has_a_row()
    {
        string[] missing = [.. ChannelOptions.All.Select(o => o.Name).Except(Cases.Names)];
        Assert.Empty(missing);
    }

    [Fact]
    public void Options_are_spelled_once_and_in_lower_case()
    {
        Assert.Equal(ChannelOptions.All.Length, ChannelOptions.All.Select(o => o.Name).Distinct().Count());
        Assert.All(ChannelOptions.All, o => Assert.Equal(o.Name.ToLowerInvariant(), o.Name));
    }

    private static bool Matches(string wanted, List<Diagnostic> found)
    {
        int colon = wanted.IndexOf(": ", StringComparison.Ordinal);
        return found is [var only] && only.IsError == (wanted[..colon] == "error") && only.Text.Contains(wanted[(colon + 2)..], StringComparison.Ordinal);
    }

    /// <summary>Channel <c>t</c> with the options. An error keeps the table from being returned, so it is read below the loader.</summary>
    private static ChannelDefinition Read(string given, List<Diagnostic> diagnostics)
    {
        string[] lines = ["l", "mta.example.com", "", $"t {given}", "t-daemon", "", "target", "target-daemon"];
        LogicalLine[] blocks = [.. lines.Select((text, i) => new LogicalLine(new SourcePosition("postern.cnf", i + 1), text))];
        ChannelTable? table = ChannelTable.Load(blocks, blocks[^1].Position, TimeSpan.FromDays(1), JobPool.BuiltIn, diagnostics);
        return table!.FindByName(new ChannelName("t"))!;
    }

    private static string Differences(ChannelDefinition before, ChannelDefinition after) => string.Join("; ", typeof(ChannelDefinition)
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => !NotCompared.Contains(p.Name))
        .Select(p => (p.Name, Before: Text(p.GetValue(before)), After: Text(p.GetValue(after))))
        .Where(p => p.Before != p.After)
        .Select(p => $"{p.Name}={p.After}"));

    private static string Text(object? value) => value switch
    {
        null => "",
        bool on => on ? "true" : "false",
        string text => text,
        IEnumerable many => string.Join(',', many.Cast<object>()),
        _ => value.ToString() ?? "",
    };
}
