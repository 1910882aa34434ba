using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>
/// Reads tls.cnf: a section <c>[HOST=name, ...]</c> with CERTIFICATE and KEY for each certificate beside that of option.dat, which is for
/// clients that ask for another name or for none.
/// </summary>
internal static class CertificateFile
{
    public const string FileName = "tls.cnf";

    private const string Wildcard = "*.";

    private static readonly ImmutableArray<string> Known = ["CERTIFICATE", "KEY"];

    public static ImmutableArray<CertificateDefinition> Read(ISourceFiles files, ICollection<Diagnostic> diagnostics)
    {
        if (!files.Exists(FileName)) return [];
        ImmutableArray<SettingSection> sections = SettingSection.Read(files, FileName, diagnostics);
        foreach (Setting stray in sections[0].Settings) diagnostics.Add(stray.Error($"{stray.Name} stands before the first [HOST=name]"));
        Dictionary<string, SourcePosition> seen = new(StringComparer.Ordinal);
        ImmutableArray<CertificateDefinition>.Builder certificates = ImmutableArray.CreateBuilder<CertificateDefinition>();
        foreach (SettingSection section in sections.Skip(1))
        {
            if (section.Kind != "HOST")
                diagnostics.Add(Diagnostic.Warning(section.Position, $"section \"{Printable.Of(section.Kind)}\" is ignored; certificates are written [HOST=name]"));
            else if (Certificate(section, Hosts(section, seen, diagnostics), diagnostics) is { } certificate)
                certificates.Add(certificate);
        }

        return certificates.ToImmutable();
    }

    private static CertificateDefinition? Certificate(SettingSection section, ImmutableArray<string> hosts, ICollection<Diagnostic> diagnostics)
    {
        string? certificate = null, key = null;
        foreach (Setting setting in section.Settings)
        {
            bool isPath = setting.Value.Length > 0 && !setting.Value.Any(char.IsControl);
            if (!Known.Contains(setting.Name))
                diagnostics.Add(setting.Warning($"unknown option \"{Printable.Of(setting.Name)}\" is ignored{(Spelling.Nearest(setting.Name, Known) is { } nearest ? $"; did you mean {nearest}?" : "")}"));
            else if (!isPath)
                diagnostics.Add(setting.Needs("a path"));
            else if (setting.Name == "KEY")
                key = setting.Value;
            else
                certificate = setting.Value;
        }

        if (certificate is not null && key is not null) return new CertificateDefinition(section.Position, hosts, certificate, key);
        diagnostics.Add(Diagnostic.Error(section.Position, $"\"{Printable.Of(section.Name)}\" needs CERTIFICATE and KEY"));
        return null;
    }

    private static ImmutableArray<string> Hosts(SettingSection section, Dictionary<string, SourcePosition> seen, ICollection<Diagnostic> diagnostics)
    {
        ImmutableArray<string>.Builder hosts = ImmutableArray.CreateBuilder<string>();
        foreach (string word in section.Name.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            bool isWild = word.StartsWith(Wildcard, StringComparison.Ordinal);
            string? key = ChannelTable.KeyOf(isWild ? word[Wildcard.Length..] : word);
            string host = isWild ? Wildcard + key : key ?? "";
            if (key is null || key[0] == '[')
                diagnostics.Add(Diagnostic.Error(section.Position, $"\"{Printable.Of(word)}\" is no host name"));
            else if (!seen.TryAdd(host, section.Position))
                diagnostics.Add(Diagnostic.Error(section.Position, $"host \"{Printable.Of(word)}\" has two certificates, the first at {seen[host]}"));
            else
                hosts.Add(host);
        }

        return hosts.ToImmutable();
    }
}
