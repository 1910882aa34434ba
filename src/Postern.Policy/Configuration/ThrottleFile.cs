using System.Collections.Immutable;
using Postern.Mapping.Text;

namespace Postern.Policy.Configuration;

/// <summary>
/// Reads metermaid.cnf: a section <c>[TABLE=name]</c> for each throttling table, with the options that the ancestor calls
/// <c>metermaid.table.name.option</c> (Administration Guide 6.3, ch. 19).
/// </summary>
internal static class ThrottleFile
{
    public const string FileName = "metermaid.cnf";

    private const int LongestQuotaTime = 31 * 24 * 3600;
    private const int MostEntries = 1_000_000;

    private static readonly ImmutableArray<string> Known = ["DATA_TYPE", "MAX_ENTRIES", "OPTIONS", "QUOTA", "QUOTA_TIME", "TYPE"];

    public static ImmutableArray<ThrottleDefinition> Read(ISourceFiles files, ICollection<Diagnostic> diagnostics)
    {
        if (!files.Exists(FileName)) return [];
        ImmutableArray<SettingSection> sections = SettingSection.Read(files, FileName, diagnostics);
        foreach (Setting stray in sections[0].Settings) diagnostics.Add(stray.Error($"{stray.Name} stands before the first [TABLE=name]"));
        Dictionary<string, SourcePosition> names = new(StringComparer.OrdinalIgnoreCase);
        ImmutableArray<ThrottleDefinition>.Builder tables = ImmutableArray.CreateBuilder<ThrottleDefinition>();
        foreach (SettingSection section in sections.Skip(1))
        {
            if (section.Kind != "TABLE")
            {
                diagnostics.Add(Diagnostic.Warning(section.Position, $"section \"{Printable.Of(section.Kind)}\" is ignored; throttling tables are written [TABLE=name]"));
                continue;
            }

            ThrottleDefinition table = new(section.Name, Quota: 100, TimeSpan.FromSeconds(60), MaximumEntries: 1000, Penalize: false, IgnoresCase: false);
            foreach (Setting setting in section.Settings) table = Apply(table, setting, diagnostics);
            if (names.TryAdd(section.Name, section.Position)) tables.Add(table);
            else diagnostics.Add(Diagnostic.Error(section.Position, $"table \"{Printable.Of(section.Name)}\" is defined twice, first at {names[section.Name]}"));
        }

        return tables.ToImmutable();
    }

    private static ThrottleDefinition Apply(ThrottleDefinition table, Setting setting, ICollection<Diagnostic> diagnostics)
    {
        (ThrottleDefinition? changed, string needs) = setting.Name switch
        {
            "QUOTA" => (setting.AsNumber(1, int.MaxValue) is { } n ? table with { Quota = (int)n } : null, "a number of at least 1"),
            "QUOTA_TIME" => (setting.AsNumber(1, LongestQuotaTime) is { } n ? table with { QuotaTime = TimeSpan.FromSeconds(n) } : null, $"seconds from 1 to {LongestQuotaTime}"),
            "MAX_ENTRIES" => (setting.AsNumber(1, MostEntries) is { } n ? table with { MaximumEntries = (int)n } : null, $"a number from 1 to {MostEntries}"),
            "OPTIONS" => (Options(table, setting.Value), "penalize, nocase, or both with a comma"),
            "TYPE" => (Is(setting, "throttle") ? table : null, "throttle, the only kind of table there is"),

            // Both compare as text: the addresses in a probe have one spelling.
            "DATA_TYPE" => (Is(setting, "string") || Is(setting, "ipv4") ? table : null, "string or ipv4"),
            _ => (table, ""),
        };
        if (!Known.Contains(setting.Name))
            diagnostics.Add(setting.Warning($"unknown option \"{Printable.Of(setting.Name)}\" is ignored{(Spelling.Nearest(setting.Name, Known) is { } nearest ? $"; did you mean {nearest}?" : "")}"));
        if (changed is null) diagnostics.Add(setting.Needs(needs));
        return changed ?? table;
    }

    private static bool Is(Setting setting, string word) => setting.Value.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static ThrottleDefinition? Options(ThrottleDefinition table, string list)
    {
        foreach (string word in list.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            switch (word.ToLowerInvariant())
            {
                case "penalize":
                    table = table with { Penalize = true };
                    break;
                case "nocase":
                    table = table with { IgnoresCase = true };
                    break;
                default:
                    return null;
            }
        }

        return table;
    }
}
