using System.Collections.Immutable;
using Postern.Mapping.Text;

namespace Postern.Policy.Configuration;

// file    = *( blank / setting / header )
// header  = "[" kind "=" name "]"
// setting = name *WSP "=" *WSP ( value / DQUOTE value DQUOTE )

/// <summary>The settings below one <c>[KIND=name]</c> line; those before the first such line have kind and name "".</summary>
/// <param name="Kind">upper case.</param>
internal sealed record SettingSection(SourcePosition Position, string Kind, string Name, ImmutableArray<Setting> Settings)
{
    /// <summary>The first section holds what stands before any header and is always there.</summary>
    public static ImmutableArray<SettingSection> Read(ISourceFiles files, string path, ICollection<Diagnostic> diagnostics)
    {
        ImmutableArray<SettingSection>.Builder sections = ImmutableArray.CreateBuilder<SettingSection>();
        ImmutableArray<Setting>.Builder settings = ImmutableArray.CreateBuilder<Setting>();
        SettingSection open = new(new SourcePosition(path, 0), "", "", []);
        foreach (LogicalLine line in ConfigurationLines.Read(files, path, diagnostics))
        {
            ReadOnlySpan<char> text = line.Text.AsSpan().Trim();
            if (text.IsEmpty) continue;
            if (text[0] == '[')
            {
                if (Header(line.Position, text) is not { } header)
                {
                    diagnostics.Add(Diagnostic.Error(line.Position, $"\"{Printable.Of(text)}\" is no section line such as [SERVICE=smtp]"));
                    continue;
                }

                sections.Add(open with { Settings = settings.DrainToImmutable() });
                open = header;
            }
            else if (SettingOf(line.Position, text) is { } setting)
            {
                settings.Add(setting);
            }
            else
            {
                diagnostics.Add(Diagnostic.Error(line.Position, $"\"{Printable.Of(text)}\" is not NAME=value"));
            }
        }

        sections.Add(open with { Settings = settings.DrainToImmutable() });
        return sections.ToImmutable();
    }

    private static SettingSection? Header(SourcePosition at, ReadOnlySpan<char> text)
    {
        int equals = text.IndexOf('=');
        if (text[^1] != ']' || equals < 2) return null;
        ReadOnlySpan<char> name = text[(equals + 1)..^1].Trim();
        return name.IsEmpty ? null : new SettingSection(at, text[1..equals].Trim().ToString().ToUpperInvariant(), name.ToString(), []);
    }

    private static Setting? SettingOf(SourcePosition at, ReadOnlySpan<char> text)
    {
        int equals = text.IndexOf('=');
        if (equals < 1) return null;
        ReadOnlySpan<char> name = text[..equals].TrimEnd();
        ReadOnlySpan<char> value = text[(equals + 1)..].Trim();
        if (value is ['"', .., '"']) value = value[1..^1];
        return name.IndexOfAny(' ', '\t') >= 0 ? null : new Setting(at, name.ToString().ToUpperInvariant(), value.ToString());
    }
}
