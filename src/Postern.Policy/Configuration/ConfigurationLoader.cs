using System.Collections.Immutable;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;
using Postern.Policy.Aliases;
using Postern.Policy.Callouts;
using Postern.Policy.Channels;
using Postern.Policy.Rewriting;

namespace Postern.Policy.Configuration;

/// <summary>Reads a configuration directory whole.</summary>
public static class ConfigurationLoader
{
    public const string MainFile = "postern.cnf";

    /// <summary>The ancestor's name of <see cref="MainFile"/>.</summary>
    public const string AncestorFile = "imta.cnf";

    public const string MappingsFile = "mappings";

    public const string AliasesFile = "aliases";

    /// <summary>
    /// Reads every file and collects the findings of all of them. Never throws on bad text. A missing file means built-in
    /// defaults, but for the main one.
    /// </summary>
    /// <param name="environment">variables <c>POSTERN_NAME</c> override the option NAME.</param>
    public static ConfigurationResult Load(string directory, ISourceFiles files, IReadOnlyDictionary<string, string> environment, long version)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(environment);
        List<Diagnostic> diagnostics = [];
        PosternOptions options = PosternOptionTable.Read(files, environment, diagnostics);
        ImmutableArray<JobPool> pools = JobControllerFile.Read(files, diagnostics);
        RewriteRules rules = RewriteRules.Empty;
        ChannelTable? channels = null;
        if (FindMainFile(files, diagnostics) is { } main)
        {
            ImmutableArray<LogicalLine> lines = ConfigurationLines.Read(files, main, diagnostics);
            int blank = EndOfRules(lines);
            if (blank < lines.Length && !lines[blank].IsBlank) diagnostics.Add(ChannelTableReader.MissingBlank(lines[blank]));
            if (blank == 0 && lines.Length > 0) diagnostics.Add(Diagnostic.Warning(lines[0].Position, "there are no rewrite rules before the first blank line"));
            rules = RewriteRules.Load(lines[..blank], diagnostics, CalloutRoutines.Register(MappingOptions.Default));
            SourcePosition end = lines.IsEmpty ? new SourcePosition(main, 0) : lines[^1].Position;
            channels = ChannelTable.Load(lines[blank..], end, options.ReturnUnits, pools, diagnostics)?.With(channel => ChannelOptionFile.Apply(channel, files, diagnostics));
        }

        ImmutableArray<ListenerDefinition> listeners = Listeners(files, channels, diagnostics);
        MappingSet mappings = Mappings(files, options, diagnostics);
        ImmutableArray<ThrottleDefinition> throttles = ThrottleFile.Read(files, diagnostics);
        DirectoryChecks.Check(options.Directory, diagnostics);
        CalloutChecks.Check(mappings, throttles, options.Directory.IsConfigured, diagnostics);
        AliasTable aliases = AliasTable.Load(files, AliasesFile, diagnostics);
        ImmutableArray<UserEntry> users = UsersFile.Read(files, diagnostics, out ImmutableArray<DomainEntry> domains);
        MappingChecks.Check(mappings, listeners, options, diagnostics);
        if (channels is null) return Result(null, diagnostics);

        string defaultDomain = options.DefaultDomain ?? ChannelTable.KeyOf(channels.Local.OfficialHost) ?? channels.Local.OfficialHost;
        ConfigurationSnapshot snapshot = new()
        {
            Version = version,
            Directory = directory,
            Options = options,
            Channels = channels,
            Rules = rules,
            Mappings = mappings,
            Aliases = aliases,
            ForwardTable = TextTable(files, options.ForwardText, diagnostics),
            ReverseTable = TextTable(files, options.ReverseText, diagnostics),
            Users = new UserDirectory(users, defaultDomain, domains),
            Listeners = listeners,
            Pools = pools,
            Throttles = throttles,
            Certificates = CertificateFile.Read(files, diagnostics),
            Programs = ProgramFile.Read(files, diagnostics),
            NotificationTexts = NotificationTextFiles.Read(files, options.NotificationLanguages, diagnostics),
            DefaultDomain = defaultDomain,
        };
        OptionChecks.Check(snapshot, diagnostics);
        ChannelChecks.Check(snapshot, diagnostics);
        RewriteChecks.Check(snapshot, diagnostics);
        AliasChecks.Check(snapshot, diagnostics);

        // What is asked of the whole engine makes sense only when all its parts are sound.
        if (!diagnostics.Exists(d => d.IsError))
        {
            MappingReview.Check(snapshot, diagnostics);
            MailPathChecks.Check(snapshot, diagnostics);
        }

        return Result(snapshot, diagnostics);
    }

    private static string? FindMainFile(ISourceFiles files, List<Diagnostic> diagnostics)
    {
        bool own = files.Exists(MainFile), ancestor = files.Exists(AncestorFile);
        if (own && ancestor) diagnostics.Add(Diagnostic.Error(new SourcePosition(AncestorFile, 0), $"both {MainFile} and {AncestorFile} exist; one of them must go"));
        else if (!own && !ancestor) diagnostics.Add(Diagnostic.Error(new SourcePosition(MainFile, 0), $"neither {MainFile} nor {AncestorFile} exists"));
        return own ? MainFile : ancestor ? AncestorFile : null;
    }

    /// <summary>Rules end at the first blank line, or where one was forgotten.</summary>
    private static int EndOfRules(ImmutableArray<LogicalLine> lines)
    {
        int end = 0;
        while (end < lines.Length && !lines[end].IsBlank && !ChannelTableReader.BeginsChannel(lines[end])) end++;
        return end;
    }

    private static ImmutableArray<ListenerDefinition> Listeners(ISourceFiles files, ChannelTable? channels, List<Diagnostic> diagnostics)
    {
        if (files.Exists(DispatcherFile.FileName)) return DispatcherFile.Read(files, channels, diagnostics);
        diagnostics.Add(Diagnostic.Warning(new SourcePosition(DispatcherFile.FileName, 0), "file not found, so nothing listens"));
        return [];
    }

    private static MappingSet Mappings(ISourceFiles files, PosternOptions options, List<Diagnostic> diagnostics)
    {
        if (!files.Exists(MappingsFile)) return MappingSet.Empty;
        MappingOptions mapping = CalloutRoutines.Register(MappingOptions.Default with { StrictLimits = options.StrictLimits });
        if (options.GeneralText is { } path) mapping = mapping with { GeneralText = GeneralTextFile.Read(files, path, diagnostics) };
        return MappingSet.Load(files, MappingsFile, mapping, diagnostics);
    }

    private static ImmutableDictionary<string, string> TextTable(ISourceFiles files, string? path, List<Diagnostic> diagnostics) =>
        path is null ? ImmutableDictionary<string, string>.Empty : GeneralTextFile.Read(files, path, diagnostics);

    private static ConfigurationResult Result(ConfigurationSnapshot? snapshot, List<Diagnostic> diagnostics)
    {
        ImmutableArray<Diagnostic> sorted = [.. diagnostics.OrderBy(d => d.File, StringComparer.Ordinal).ThenBy(d => d.Line)];
        return new ConfigurationResult(sorted.Any(d => d.IsError) || snapshot is null ? null : snapshot with { Diagnostics = sorted }, sorted);
    }
}
