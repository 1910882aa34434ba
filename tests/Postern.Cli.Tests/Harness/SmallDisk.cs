using System.Globalization;

namespace Postern.Cli.Tests.Harness;

/// <summary>
/// A data directory on a disk of a few MiB that fills up: a memory file system with ballast in it. Where this process may mount none,
/// the server gets a largest size of a file, which is lifted when there is to be space.
/// </summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private const int Size = 8 * 1024 * 1024;

    /// <summary>Blocks of 512 octets, the unit of <c>ulimit -f</c>.</summary>
    private const int LargestFile = Size / 2 / 512;

    private readonly PosternSite _site;
    private readonly bool _mounted;

    private SmallDisk(PosternSite site, bool mounted)
    {
        _site = site;
        _mounted = mounted;
    }

    private static string Directory(PosternSite site) => site.PathOf("disk");

    private string Ballast => Path.Combine(Directory(_site), "ballast");

    public static async Task<SmallDisk> UnderAsync(PosternSite site)
    {
        System.IO.Directory.CreateDirectory(Directory(site));
        site.Append("option.dat", $"DATA_DIRECTORY={Directory(site)}\n");
        ProgramResult mounted = await ExternalProgram.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={Size}", "none", Directory(site)]);
        SmallDisk disk = new(site, mounted.ExitCode == 0);
        if (disk._mounted) await File.WriteAllBytesAsync(disk.Ballast, new byte[Size / 2], TestContext.Current.CancellationToken);
        return disk;
    }

    /// <summary>Starts the server of the site.</summary>
    public Task<PosternProcess> ServeAsync() => _mounted
        ? _site.ServeAsync()
        : PosternProcess.StartAsync(
            "sh",
            ["-c", $"trap '' XFSZ; ulimit -S -f {LargestFile.ToString(CultureInfo.InvariantCulture)}; exec dotnet \"$@\"", "sh", Repository.Program, "serve", "--config", _site.Configuration],
            directory: null,
            _site.Port);

    public async Task GiveSpaceAsync()
    {
        if (_mounted) File.Delete(Ballast);
        else (await ExternalProgram.RunAsync("prlimit", ["--pid", File.ReadAllText(Path.Combine(Directory(_site), "postern.pid")).Trim(), "--fsize=unlimited"])).Exits(0);
    }

    public async ValueTask DisposeAsync()
    {
        if (_mounted) (await ExternalProgram.RunAsync("umount", [Directory(_site)])).Exits(0);
    }
}
