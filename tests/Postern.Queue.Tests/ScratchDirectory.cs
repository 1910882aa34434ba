namespace Postern.Queue.Tests;

/// <summary>A directory of its own for a test, removed afterwards.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("postern-queue-").FullName;

    public string Queue => System.IO.Path.Combine(Path, "queue");

    public string Sub(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>What a killed process would leave: the database and its log as they are on the disk now, without shared memory and lock.</summary>
    public string Killed(string name = "killed")
    {
        string target = Directory.CreateDirectory(Sub(name)).FullName;
        foreach (string file in (string[])["queue.db", "queue.db-wal"])
        {
            string source = System.IO.Path.Combine(Queue, file);
            if (File.Exists(source)) File.Copy(source, System.IO.Path.Combine(target, file));
        }

        return target;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
