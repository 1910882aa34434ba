using System.Text;
using Postern.Policy.Configuration;
using Postern.Server.Logs;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Logs;

public sealed class RotatingFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTime _time = new();
    private LogOptions _options = new() { FileSize = 0, FileAge = TimeSpan.Zero, FilesKept = 0 };

    private LogFiles Files => new(_directory.Combine("log", "mail.log_current"));

    [Fact]
    public void File_and_directory_are_for_the_group_to_read()
    {
        using RotatingFile file = Open();
        Write(file, "one");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(Files.Current));
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(_directory.Combine("log")) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute));
    }

    [Fact]
    public void File_that_would_grow_over_its_size_is_finished_and_no_line_is_lost()
    {
        _options = _options with { FileSize = 20 };
        using RotatingFile file = Open();
        for (int i = 10; i < 30; i++) Write(file, $"line {i}");
        Assert.Equal(Enumerable.Range(10, 20).Select(i => $"line {i}"), Files.All().SelectMany(File.ReadAllLines));
        Assert.All(Files.All(), f => Assert.True(new FileInfo(f).Length <= 20));
        Assert.Equal(10, Files.All().Length);
    }

    [Fact]
    public void Line_longer_than_the_limit_has_a_file_of_its_own()
    {
        _options = _options with { FileSize = 5 };
        using RotatingFile file = Open();
        Write(file, "much too long");
        Write(file, "again much too long");
        Assert.Equal(["much too long", "again much too long"], Files.All().SelectMany(File.ReadAllLines));
        Assert.Equal(2, Files.All().Length);
    }

    [Fact]
    public void Oldest_files_beyond_those_kept_are_removed()
    {
        _options = _options with { FileSize = 1, FilesKept = 3 };
        using RotatingFile file = Open();
        for (int i = 0; i < 9; i++)
        {
            Write(file, $"{i}");
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["5", "6", "7", "8"], Files.All().SelectMany(File.ReadAllLines));
    }

    [Fact]
    public void New_file_begins_with_each_age_counted_from_midnight()
    {
        // The clock begins at 08:00.
        _options = _options with { FileAge = TimeSpan.FromHours(6) };
        using RotatingFile file = Open();
        Write(file, "at eight");
        _time.Advance(TimeSpan.FromHours(3.9));
        Write(file, "before noon");
        Assert.Single(Files.All());
        _time.Advance(TimeSpan.FromHours(0.2));
        Write(file, "after noon");
        Assert.Equal(["at eight", "before noon"], File.ReadAllLines(Assert.Single(Files.Finished())));
        Assert.Equal($"{Files.Current.Replace("_current", "", StringComparison.Ordinal)}.20260504T120600.000000Z", Files.Finished()[0]);
    }

    [Fact]
    public void Age_of_a_file_outlives_the_process()
    {
        _options = _options with { FileAge = TimeSpan.FromDays(1) };
        using (RotatingFile before = Open()) Write(before, "yesterday");
        File.SetLastWriteTimeUtc(Files.Current, _time.GetUtcNow().UtcDateTime);
        _time.Advance(TimeSpan.FromHours(1));
        using (RotatingFile same = Open()) Write(same, "the same day");
        Assert.Single(Files.All());
        File.SetLastWriteTimeUtc(Files.Current, _time.GetUtcNow().UtcDateTime);
        _time.Advance(TimeSpan.FromDays(1));
        using RotatingFile after = Open();
        Write(after, "today");
        Assert.Equal(["yesterday", "the same day", "today"], Files.All().SelectMany(File.ReadAllLines));
        Assert.Equal(2, Files.All().Length);
    }

    [Fact]
    public void Line_that_a_crash_cut_short_spoils_no_other()
    {
        Directory.CreateDirectory(_directory.Combine("log"));
        File.WriteAllText(Files.Current, "whole\nhal");
        using RotatingFile file = Open();
        Write(file, "next");
        Assert.Equal(["whole", "hal", "next"], File.ReadAllLines(Files.Current));
    }

    [Fact]
    public void File_that_was_moved_away_is_begun_anew_after_a_close()
    {
        using RotatingFile file = Open();
        Write(file, "old");
        File.Move(Files.Current, _directory.Combine("log", "elsewhere"));
        Write(file, "still old");
        file.Close();
        Write(file, "new");
        Assert.Equal(["old", "still old"], File.ReadAllLines(_directory.Combine("log", "elsewhere")));
        Assert.Equal(["new"], File.ReadAllLines(Files.Current));
    }

    [Fact]
    public void Other_files_of_the_directory_are_not_the_logs()
    {
        Directory.CreateDirectory(_directory.Combine("log"));
        string[] others = ["mail.log.txt", "mail.log.20260504T120600.000000Z.gz", "mail.log", "mail.log_current.1"];
        foreach (string other in others) File.WriteAllText(_directory.Combine("log", other), "kept\n");
        _options = _options with { FileSize = 1, FilesKept = 1 };
        using RotatingFile file = Open();
        for (int i = 0; i < 5; i++) Write(file, $"{i}");
        Assert.Equal(["3", "4"], Files.All().SelectMany(File.ReadAllLines));
        Assert.All(others, o => Assert.True(File.Exists(_directory.Combine("log", o)), o));
    }

    public void Dispose() => _directory.Dispose();

    private RotatingFile Open() => new(Files, () => _options, _time);

    private static void Write(RotatingFile file, string line) => file.Write(Encoding.UTF8.GetBytes($"{line}\n"));
}
