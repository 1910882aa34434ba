using Postern.Mapping.Text;
using Postern.Policy.Configuration;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Operations;

/// <summary>Files of list members are taken over when they have changed and stand still.</summary>
public sealed class ListFileWatchTests
{
    private readonly Dictionary<string, string> _files = Site.Files();
    private readonly Dictionary<string, string?> _stamps = new(StringComparer.Ordinal);
    private readonly List<string> _told = [];
    private readonly LiveConfiguration _live;
    private readonly ListFileWatch _watch;

    public ListFileWatchTests()
    {
        _files["aliases"] += "\nnews: <news.dis, [ENVELOPE_FROM] owner@example.com\n";
        Write("a@x.test\n", "1");
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", new MemoryFiles(_files), new Dictionary<string, string>(), 1);
        _live = new LiveConfiguration(loaded.Snapshot!);
        _watch = new ListFileWatch(_live, new MemoryFiles(_files), path => _stamps.GetValueOrDefault(path), new FakeTime(), Tell);
        _watch.Look();
        _watch.Look();
        Assert.Empty(_told);
    }

    private string Members => string.Join(' ', _live.Current.Aliases.TargetsOf(_live.Current.Aliases.Find("news")!, out _).Select(t => t.Mailbox.ToString()));

    [Fact]
    public void Changed_file_is_read_when_two_looks_find_it_the_same()
    {
        Write("a@x.test\nb@x", "2");
        _watch.Look();
        Assert.Equal("a@x.test", Members);
        Write("a@x.test\nb@x.test\n", "3");
        _watch.Look();
        Assert.Equal("a@x.test", Members);
        _watch.Look();
        Assert.Equal("a@x.test b@x.test", Members);
        Assert.Equal(["news.dis"], _told);
    }

    [Fact]
    public void File_in_use_by_a_transaction_stays_as_it_was()
    {
        ConfigurationSnapshot held = _live.Current;
        Write("b@x.test\n", "2");
        _watch.Look();
        _watch.Look();
        Assert.Equal("b@x.test", Members);
        Assert.Equal("a@x.test", held.Aliases.Addresses("news.dis").Targets[0].Mailbox.ToString());
        Assert.Equal(held.Version, _live.Current.Version);
    }

    [Fact]
    public void File_with_an_error_keeps_its_members_and_is_told()
    {
        Write("not an address\n", "2");
        _watch.Look();
        _watch.Look();
        Assert.Equal("a@x.test", Members);
        Assert.Contains(_told, t => t.StartsWith("news.dis:1: error:", StringComparison.Ordinal));
    }

    [Fact]
    public void File_that_goes_away_defers_and_comes_back()
    {
        _files.Remove("news.dis");
        _stamps["news.dis"] = null;
        _watch.Look();
        _watch.Look();
        _live.Current.Aliases.TargetsOf(_live.Current.Aliases.Find("news")!, out string? unreadable);
        Assert.NotNull(unreadable);
        Write("c@x.test\n", "9");
        _watch.Look();
        _watch.Look();
        Assert.Equal("c@x.test", Members);
    }

    [Fact]
    public void File_that_is_included_later_is_watched_too()
    {
        _files["more.dis"] = "m@x.test\n";
        _stamps["more.dis"] = "1";
        Write("a@x.test\n<more.dis\n", "2");
        _watch.Look();
        _watch.Look();
        Assert.Equal("a@x.test m@x.test", Members);
        _files["more.dis"] = "n@x.test\n";
        _stamps["more.dis"] = "2";
        _watch.Look();
        _watch.Look();
        Assert.Equal("a@x.test n@x.test", Members);
    }

    [Fact]
    public void Reload_in_between_is_not_undone()
    {
        ConfigurationSnapshot before = _live.Current;
        Assert.True(_live.TryReplace(ConfigurationLoader.Load("/site", new MemoryFiles(_files), new Dictionary<string, string>(), 2), out _));
        Assert.False(_live.TryRefresh(before, before with { Version = 99 }));
        Assert.Equal(2, _live.Current.Version);
    }

    private void Write(string text, string stamp)
    {
        _files["news.dis"] = text;
        _stamps["news.dis"] = stamp;
    }

    private void Tell(System.Collections.Immutable.ImmutableArray<string> paths, System.Collections.Immutable.ImmutableArray<Diagnostic> findings)
    {
        _told.AddRange(paths);
        _told.AddRange(findings.Select(f => f.ToString()));
    }
}
