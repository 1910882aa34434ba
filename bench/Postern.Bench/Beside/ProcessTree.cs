using System.Globalization;

namespace Postern.Bench.Beside;

/// <summary>A process and all that descend from it, as /proc shows them.</summary>
internal sealed class ProcessTree(int root)
{
    private const double TicksPerSecond = 100;

    /// <summary>Processor time used so far; of processes that have ended too, as far as somebody waited for them.</summary>
    public TimeSpan Cpu()
    {
        double ticks = 0;
        foreach (int id in Members())
        {
            if (Fields(id) is { } fields) ticks += fields[11..15].Sum(f => long.Parse(f, CultureInfo.InvariantCulture));
        }

        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    /// <summary>Octets of memory that no file stands behind.</summary>
    public long Anonymous() => Members().Sum(id => Status(id, "RssAnon:"));

    public int Count => Members().Count;

    private List<int> Members()
    {
        Dictionary<int, int> parents = [];
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int id)) continue;
            if (Fields(id) is { } fields) parents[id] = int.Parse(fields[1], CultureInfo.InvariantCulture);
        }

        List<int> members = [root];
        for (int i = 0; i < members.Count; i++) members.AddRange(parents.Where(p => p.Value == members[i]).Select(p => p.Key));
        return members;
    }

    // The fields behind the name, which may hold blanks: state, parent, ... (proc_pid_stat(5), from the third on).
    private static string[]? Fields(int id)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Status(int id, string name)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) * 1024;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
