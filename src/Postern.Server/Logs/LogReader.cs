using System.Runtime.CompilerServices;
using System.Text;

namespace Postern.Server.Logs;

/// <summary>Reads the lines of a log from its oldest file to the newest, and waits for more if asked to.</summary>
public sealed class LogReader(LogFiles files, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <param name="follow">goes on with what is written later, over rotations, until cancelled.</param>
    /// <param name="onlyNew">begins at the present end.</param>
    public async IAsyncEnumerable<string> ReadAsync(bool follow, bool onlyNew, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!onlyNew)
        {
            foreach (string file in files.Finished())
            {
                using StreamReader finished = Open(file);
                while (await finished.ReadLineAsync(cancellationToken) is { } line) yield return line;
            }
        }

        bool atEnd = onlyNew;
        while (true)
        {
            if (!File.Exists(files.Current))
            {
                if (!follow) yield break;
                await Task.Delay(Pause, time, cancellationToken);
                atEnd = false;
                continue;
            }

            using StreamReader reader = Open(files.Current);
            if (atEnd) reader.BaseStream.Seek(0, SeekOrigin.End);
            atEnd = false;
            await foreach (string line in LinesAsync(reader, follow, cancellationToken)) yield return line;
            if (!follow) yield break;
        }
    }

    /// <summary>Whole lines of one file; when following, until another file has its name and all of this one was read.</summary>
    private async IAsyncEnumerable<string> LinesAsync(StreamReader reader, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? finishedBefore = follow ? files.Finished().LastOrDefault() : null;
        StringBuilder line = new();
        char[] buffer = new char[4096];
        while (true)
        {
            bool wasMoved = follow && IsMoved(reader, finishedBefore);
            int count;
            while ((count = await reader.ReadAsync(buffer, cancellationToken)) > 0)
            {
                for (int i = 0; i < count; i++)
                {
                    if (buffer[i] != '\n')
                    {
                        line.Append(buffer[i]);
                        continue;
                    }

                    yield return line.ToString();
                    line.Clear();
                }
            }

            if (!follow || wasMoved)
            {
                if (line.Length > 0) yield return line.ToString();
                yield break;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>The name belongs to another file now: this one was finished, or somebody moved it away.</summary>
    private bool IsMoved(StreamReader reader, string? finishedBefore)
    {
        FileInfo current = new(files.Current);
        return !current.Exists || current.Length < reader.BaseStream.Position || files.Finished().LastOrDefault() != finishedBefore;
    }

    private static StreamReader Open(string file) =>
        new(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), Encoding.UTF8);
}
