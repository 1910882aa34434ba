using System.Collections.Immutable;
using System.Net;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;

namespace Postern.Policy.Channels;

// channel-table = *( blank / block )
// block         = first-line [ second-line *host-line ] blank        ; or end of file
// first-line    = channel-name *( option *argument ) / "defaults" *( option *argument ) / "nodefaults"
// second-line   = official-host [ local-host-alias ]
// host-line     = host-name [ proper-name ]
//
// Options are applied in the order they are written, those of "defaults" lines first, so the last one wins and the
// channel's own wins over a default. A block with a fault is still read to its end, so that one load tells all faults;
// a block without usable name or host is left out, and the error keeps the configuration from becoming live.

/// <summary>Reads the channel blocks of postern.cnf (Administration Guide 6.3, ch. 12; PMDF System Manager's Guide 2.3).</summary>
internal sealed class ChannelTableReader(TimeSpan noticeUnit, ICollection<Diagnostic> diagnostics)
{
    private const int MaximumHost = 128;

    private readonly List<LogicalLine> _defaults = [];
    private readonly List<ChannelDefinition> _channels = [];
    private readonly Dictionary<string, SourcePosition> _hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<ChannelName, SourcePosition> _names = [];
    private readonly List<ChannelReference> _references = [];
    private readonly SortedDictionary<string, SourcePosition> _ignored = new(StringComparer.Ordinal);

    /// <returns>null when there is no usable channel <c>l</c>; an error says so.</returns>
    public ChannelTable? Read(IReadOnlyList<LogicalLine> lines, SourcePosition end, ImmutableArray<JobPool> pools)
    {
        List<LogicalLine> block = [];
        foreach (LogicalLine line in lines)
        {
            if (!line.IsBlank)
            {
                block.Add(line);
                continue;
            }

            if (block.Count > 0) ReadBlock(block);
            block.Clear();
        }

        if (block.Count > 0) ReadBlock(block);
        CheckReferences(pools);
        if (_ignored.Count > 0)
            diagnostics.Add(Diagnostic.Warning(_ignored.Values.MinBy(p => p.Line), $"accepted and ignored: {string.Join(", ", _ignored.Keys)}"));
        if (_channels.Count > 0 && _channels[0].Name == ChannelName.Local) return new ChannelTable(WithNoticesOfLocal());

        if (_channels.Count == 0 && _names.Count == 0) diagnostics.Add(Diagnostic.Error(end, "there is no channel; a blank line must end the rewrite rules"));
        return null;
    }

    private void ReadBlock(List<LogicalLine> block)
    {
        if (block.FindIndex(1, BeginsChannel) is var next and > 0)
        {
            diagnostics.Add(MissingBlank(block[next]));
            ReadBlock(block[..next]);
            ReadBlock(block[next..]);
            return;
        }

        LogicalLine first = block[0];
        string word = FirstWord(first.Text);
        if (word.Equals("defaults", StringComparison.OrdinalIgnoreCase) || word.Equals("nodefaults", StringComparison.OrdinalIgnoreCase))
        {
            ReadDefaults(block, word.Length);
            return;
        }

        if (!ChannelName.IsValid(word))
        {
            Fail(first, $"\"{Printable.Of(word)}\" is no channel name (at most {ChannelName.MaximumLength} of a-z 0-9 _ $ -)");
            return;
        }

        ChannelName name = new(word);
        if (_names.TryGetValue(name, out SourcePosition earlier)) Fail(first, $"channel \"{name}\" is defined twice, first at {earlier}");
        else if (_names.Count == 0 && name != ChannelName.Local) Fail(first, $"the first channel must be \"l\", not \"{name}\"");
        bool known = !_names.TryAdd(name, first.Position);

        ImmutableArray<OptionToken> host = Words(block, 1);
        ChannelDefinition channel = new()
        {
            Position = first.Position,
            Name = name,
            OfficialHost = host.Length > 0 ? host[0].Text : "",
            LocalHostAlias = host.Length > 1 ? host[1].Text : null,
            RouteLocal = name == ChannelName.Local,
            ViaAliasRequired = name == ChannelName.Local,
        };
        foreach (LogicalLine line in _defaults) channel = Apply(channel, line, "defaults".Length, report: false);
        channel = Apply(channel, first, word.Length + Leading(first.Text), report: true);
        channel = WithDaemon(channel);
        if (host.Length == 0)
        {
            Fail(first, $"channel \"{name}\" has no second line with its official host name");
            return;
        }

        if (host.Length > 2) Fail(block[1], $"\"{Printable.Of(host[2].Text)}\" is too much: an official host name and a local alias are all");
        bool usable = ClaimHost(block[1], host[0].Text);
        if (host.Length > 1 && ChannelTable.KeyOf(host[1].Text) is null) Fail(block[1], $"\"{Printable.Of(host[1].Text)}\" is no host name");
        channel = channel with { Hosts = [.. block.Skip(2).Select(HostLineOf).OfType<HostLine>()] };
        if (usable && !known) _channels.Add(channel);
    }

    /// <summary>A line that can hardly be one of hosts: a channel's name, then an option.</summary>
    internal static bool BeginsChannel(LogicalLine line) =>
        OptionToken.Split(line.Text, out _) is [var name, var option, ..]
        && ChannelName.IsValid(name.Text) && !option.Quoted && ChannelOptions.Find(option.Text) is not null;

    /// <summary>The finding about a line that <see cref="BeginsChannel"/> although no blank line stands before it.</summary>
    internal static Diagnostic MissingBlank(LogicalLine line) => Diagnostic.Error(
        line.Position, $"a blank line is missing before {(FirstWord(line.Text) is "defaults" or "nodefaults" ? "" : "channel ")}\"{FirstWord(line.Text)}\"");

    private void ReadDefaults(List<LogicalLine> block, int wordLength)
    {
        LogicalLine first = block[0];
        foreach (LogicalLine extra in block.Skip(1)) Fail(extra, "a defaults block has one line; a blank line must follow it");
        if (wordLength != "defaults".Length)
        {
            _defaults.Clear();
            return;
        }

        // Read once for its faults: applied to a channel later, the same line would report them again.
        LogicalLine line = first with { Text = first.Text.TrimStart() };
        Apply(Nobody(first.Position), line, wordLength, report: true);
        _defaults.Add(line);
    }

    private static ChannelDefinition Nobody(SourcePosition at) => new() { Position = at, Name = default, OfficialHost = "" };

    private ChannelDefinition Apply(ChannelDefinition channel, LogicalLine line, int start, bool report)
    {
        ICollection<Diagnostic> findings = report ? diagnostics : [];
        List<ChannelReference> references = report ? _references : [];
        ImmutableArray<OptionToken> tokens = OptionToken.Split(line.Text.AsSpan(start), out string? fault);
        if (fault is not null) findings.Add(Diagnostic.Error(line.Position, fault));
        OptionArguments arguments = new(line.Position, tokens, isCut: fault is not null, noticeUnit, references, findings);
        Dictionary<string, string> taken = new(StringComparer.Ordinal);
        while (!arguments.AtEnd)
        {
            OptionToken token = arguments.TakeOption();
            if (token.Quoted)
            {
                arguments.Fail($"\"{Printable.Of(token.Text)}\" stands where an option is expected");
                continue;
            }

            if (ChannelOptions.Find(token.Text) is not { } option)
            {
                Unknown(arguments, token.Text);
                arguments.SkipValues();
                continue;
            }

            WarnOfContradiction(taken, option, arguments);
            channel = option.Set(channel, arguments);
            if (option.Support == ChannelOptionSupport.NotYet) arguments.Warn($"\"{option.Name}\" is accepted but not supported yet");
            else if (option.Support == ChannelOptionSupport.Ignored) _ignored.TryAdd(option.Name, line.Position);
        }

        return channel;
    }

    /// <param name="taken">the options of the line so far, by group.</param>
    private static void WarnOfContradiction(Dictionary<string, string> taken, ChannelOption option, OptionArguments arguments)
    {
        string group = ChannelOptionGroups.Of(option);
        if (taken.TryGetValue(group, out string? before))
        {
            if (before != option.Name) arguments.Warn($"\"{option.Name}\" contradicts \"{before}\" before it; the last one counts");
            else if (option.Arguments.Length > 0) arguments.Warn($"\"{option.Name}\" is given twice; the last one counts");
        }

        taken[group] = option.Name;
    }

    private static void Unknown(OptionArguments arguments, string word)
    {
        if (word.StartsWith("group:", StringComparison.OrdinalIgnoreCase))
        {
            arguments.Warn($"\"{Printable.Of(word)}\" is accepted but not supported yet");
            return;
        }

        string? nearest = Spelling.Nearest(word, ChannelOptions.All.Select(o => o.Name));
        arguments.Fail($"unknown channel option \"{Printable.Of(word)}\"{(nearest is null ? "" : $"; did you mean \"{nearest}\"?")}");
    }

    /// <summary>
    /// A literal stands for itself; a name without a dot, as in <c>daemon router</c>, for the official host of the channel.
    /// </summary>
    private ChannelDefinition WithDaemon(ChannelDefinition channel)
    {
        if (channel.Daemon is not { } daemon) return channel;
        if (daemon.StartsWith('/'))
        {
            if (!channel.Lmtp) diagnostics.Add(Diagnostic.Error(channel.Position, $"\"daemon {Printable.Of(daemon)}\" is a socket file, and only a channel with lmtp can use one"));
            return channel;
        }

        string literal = daemon.Trim('[', ']');
        if (literal.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)) literal = literal[5..];
        if (IPAddress.TryParse(literal, out IPAddress? address) && (literal.Contains(':', StringComparison.Ordinal) || literal.Count(c => c == '.') == 3))
            return channel with { Daemon = address.ToString() };
        if (daemon.Contains('.', StringComparison.Ordinal) || daemon.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return channel with { Daemon = daemon.TrimEnd('.') };
        if (!daemon.Equals("router", StringComparison.OrdinalIgnoreCase))
        {
            diagnostics.Add(Diagnostic.Warning(
                channel.Position, $"\"daemon {daemon}\" is no full host name, so mail goes to \"{channel.OfficialHost}\"; write \"{daemon}.\" to name a host"));
        }

        return channel with { Daemon = channel.OfficialHost };
    }

    private HostLine? HostLineOf(LogicalLine line)
    {
        ImmutableArray<OptionToken> words = OptionToken.Split(line.Text, out string? fault);
        if (fault is not null) Fail(line, fault);
        if (words.IsEmpty) return null;
        if (words.Length > 2) Fail(line, $"\"{Printable.Of(words[2].Text)}\" is too much: a host name and its proper name are all");
        bool usable = ClaimHost(line, words[0].Text);
        string? proper = words.Length > 1 ? words[1].Text : null;
        if (proper is not null && ChannelTable.KeyOf(proper) is null)
        {
            Fail(line, $"\"{Printable.Of(proper)}\" is no host name");
            return null;
        }

        return usable ? new HostLine(line.Position, words[0].Text, proper) : null;
    }

    /// <summary>INVARIANT: a host name routes to one channel.</summary>
    private bool ClaimHost(LogicalLine line, string host)
    {
        if (host.Length > MaximumHost || ChannelTable.KeyOf(host) is not { } key)
        {
            Fail(line, $"\"{Printable.Of(host)}\" is no host name");
            return false;
        }

        if (_hosts.TryAdd(key, line.Position)) return true;
        Fail(line, $"host \"{host}\" is defined twice, first at {_hosts[key]}");
        return false;
    }

    private void CheckReferences(ImmutableArray<JobPool> pools)
    {
        foreach (ChannelReference reference in _references)
        {
            if (reference.IsPool)
            {
                if (pools.Any(p => p.Name.Equals(reference.Name, StringComparison.OrdinalIgnoreCase))) continue;
                diagnostics.Add(Diagnostic.Error(reference.Position, $"unknown pool \"{Printable.Of(reference.Name)}\"{Meant(reference.Name, pools.Select(p => p.Name))}"));
            }
            else if (!_names.ContainsKey(new ChannelName(reference.Name)))
            {
                diagnostics.Add(Diagnostic.Error(
                    reference.Position,
                    $"\"{reference.Option}\" names the unknown channel \"{reference.Name}\"{Meant(reference.Name, _names.Keys.Select(n => n.ToString()))}"));
            }
        }
    }

    private static string Meant(string word, IEnumerable<string> known) =>
        Spelling.Nearest(word, known) is { } nearest ? $"; did you mean \"{nearest}\"?" : "";

    /// <summary>A channel without <c>notices</c> follows the local channel.</summary>
    private ImmutableArray<ChannelDefinition> WithNoticesOfLocal()
    {
        ChannelDefinition local = _channels[0];
        return [.. _channels.Select(c => c.Notices.IsEmpty ? With(c) : c)];

        ChannelDefinition With(ChannelDefinition channel) => channel with
        {
            Notices = local.Notices,
            UrgentNotices = channel.UrgentNotices.IsEmpty ? local.UrgentNotices : channel.UrgentNotices,
            NormalNotices = channel.NormalNotices.IsEmpty ? local.NormalNotices : channel.NormalNotices,
            NonurgentNotices = channel.NonurgentNotices.IsEmpty ? local.NonurgentNotices : channel.NonurgentNotices,
        };
    }

    private ImmutableArray<OptionToken> Words(List<LogicalLine> block, int index)
    {
        if (block.Count <= index) return [];
        ImmutableArray<OptionToken> words = OptionToken.Split(block[index].Text, out string? fault);
        if (fault is not null) Fail(block[index], fault);
        return words;
    }

    private void Fail(LogicalLine line, string text) => diagnostics.Add(Diagnostic.Error(line.Position, text));

    private static int Leading(string text) => text.Length - text.TrimStart().Length;

    private static string FirstWord(string text)
    {
        ReadOnlySpan<char> trimmed = text.AsSpan().Trim();
        int end = trimmed.IndexOfAny(' ', '\t');
        return (end < 0 ? trimmed : trimmed[..end]).ToString();
    }
}
