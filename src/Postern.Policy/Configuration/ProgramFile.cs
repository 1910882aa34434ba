using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>
/// Reads programs.cnf: a section <c>[PROGRAM=name]</c> for each program of the channel <c>pipe</c>. Only what an administrator
/// has written here is ever run; an address names it and cannot change it.
/// </summary>
internal static class ProgramFile
{
    public const string FileName = "programs.cnf";

    private static readonly TimeSpan DefaultTimeLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestTimeLimit = TimeSpan.FromHours(1);
    private static readonly ImmutableArray<string> Known = ["ARGUMENTS", "COMMAND", "TIME_LIMIT"];

    public static ImmutableArray<ProgramDefinition> Read(ISourceFiles files, ICollection<Diagnostic> diagnostics)
    {
        if (!files.Exists(FileName)) return [];
        ImmutableArray<SettingSection> sections = SettingSection.Read(files, FileName, diagnostics);
        foreach (Setting stray in sections[0].Settings) diagnostics.Add(stray.Error($"{stray.Name} stands before the first [PROGRAM=name]"));
        Dictionary<string, SourcePosition> names = new(StringComparer.OrdinalIgnoreCase);
        ImmutableArray<ProgramDefinition>.Builder programs = ImmutableArray.CreateBuilder<ProgramDefinition>();
        foreach (SettingSection section in sections.Skip(1))
        {
            if (section.Kind != "PROGRAM")
            {
                diagnostics.Add(Diagnostic.Warning(section.Position, $"section \"{Printable.Of(section.Kind)}\" is ignored; programs are written [PROGRAM=name]"));
                continue;
            }

            ProgramDefinition program = new(section.Name, "", [], DefaultTimeLimit);
            foreach (Setting setting in section.Settings) program = Apply(program, setting, diagnostics);
            if (program.Executable.Length == 0)
                diagnostics.Add(Diagnostic.Error(section.Position, $"program \"{Printable.Of(section.Name)}\" has no COMMAND"));
            if (names.TryAdd(section.Name, section.Position)) programs.Add(program);
            else diagnostics.Add(Diagnostic.Error(section.Position, $"program \"{Printable.Of(section.Name)}\" is defined twice, first at {names[section.Name]}"));
        }

        return programs.ToImmutable();
    }

    private static ProgramDefinition Apply(ProgramDefinition program, Setting setting, ICollection<Diagnostic> diagnostics)
    {
        switch (setting.Name)
        {
            case "COMMAND" when setting.Value.StartsWith('/'):
                return program with { Executable = setting.Value };
            case "COMMAND":
                diagnostics.Add(setting.Needs("the absolute path of a program"));
                return program with { Executable = "/" };
            case "ARGUMENTS":
                return program with { Arguments = [.. setting.Value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)] };
            case "TIME_LIMIT" when IsoDuration.TryParse(setting.Value, out TimeSpan limit) && limit > TimeSpan.Zero && limit <= LongestTimeLimit:
                return program with { TimeLimit = limit };
            case "TIME_LIMIT":
                diagnostics.Add(setting.Needs("a duration of at most an hour, such as PT5M"));
                return program;
            default:
                string hint = Spelling.Nearest(setting.Name, Known) is { } nearest ? $"; did you mean {nearest}?" : "";
                diagnostics.Add(setting.Warning($"unknown option \"{Printable.Of(setting.Name)}\" is ignored{hint}"));
                return program;
        }
    }
}
