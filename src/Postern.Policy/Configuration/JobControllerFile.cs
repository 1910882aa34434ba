using System.Collections.Immutable;
using Postern.Mapping.Text;

namespace Postern.Policy.Configuration;

/// <summary>Reads job_controller.cnf, the pools of delivery jobs (Administration Guide 6.3, ch. 10, "Job Controller Configuration").</summary>
internal static class JobControllerFile
{
    public const string FileName = "job_controller.cnf";

    private const string JobLimit = "JOB_LIMIT";

    /// <returns>the built-in pools when the file is missing or names none.</returns>
    public static ImmutableArray<JobPool> Read(ISourceFiles files, ICollection<Diagnostic> diagnostics)
    {
        if (!files.Exists(FileName)) return JobPool.BuiltIn;
        ImmutableArray<SettingSection> sections = SettingSection.Read(files, FileName, diagnostics);
        int common = Limit(sections[0], JobPool.DefaultJobLimit, diagnostics);
        Dictionary<string, SourcePosition> names = new(StringComparer.OrdinalIgnoreCase);
        ImmutableArray<JobPool>.Builder pools = ImmutableArray.CreateBuilder<JobPool>();
        foreach (SettingSection section in sections.Skip(1))
        {
            if (section.Kind != "POOL")
            {
                diagnostics.Add(Diagnostic.Warning(section.Position, $"section \"{Printable.Of(section.Kind)}\" is ignored; pools are written [POOL=name]"));
                continue;
            }

            int limit = Limit(section, common, diagnostics);
            if (names.TryAdd(section.Name, section.Position)) pools.Add(new JobPool(section.Name, limit));
            else diagnostics.Add(Diagnostic.Error(section.Position, $"pool \"{Printable.Of(section.Name)}\" is defined twice, first at {names[section.Name]}"));
        }

        return pools.Count == 0 ? JobPool.BuiltIn : pools.ToImmutable();
    }

    private static int Limit(SettingSection section, int otherwise, ICollection<Diagnostic> diagnostics)
    {
        int limit = otherwise;
        foreach (Setting setting in section.Settings)
        {
            if (setting.Name != JobLimit) diagnostics.Add(setting.Warning($"option \"{Printable.Of(setting.Name)}\" is ignored"));
            else if (setting.AsNumber(1, int.MaxValue) is { } number) limit = (int)number;
            else diagnostics.Add(setting.Needs("a number of at least 1"));
        }

        return limit;
    }
}
