using System.Globalization;
using System.Text;

namespace Postern.Server.Delivery.Maildir;

/// <summary>
/// The quota of one Maildir, kept in its file <c>maildirsize</c> as Maildir++ has it, so that other programs that know that
/// file count along: first the limits, <c>500000000S,10000C</c>, then one line for each change, <c>octets messages</c>.
/// </summary>
/// <remarks>
/// Every delivery appends one line, which writers at the same time may do without a lock. The folders are counted anew when
/// there is no file, when it belongs to other limits, has grown long, or says that there is no room: what a reader deleted
/// without counting must not keep mail out. A file that cannot be read is counted anew too.
/// BUGS: two deliveries at once may both find the last room.
/// </remarks>
internal sealed class MaildirQuota(string maildir, MailboxQuota limits)
{
    /// <summary>Octets after which Maildir++ wants the file written anew.</summary>
    private const int LongestFile = 5120;

    private string FilePath => Path.Combine(maildir, "maildirsize");

    private string FirstLine
    {
        get
        {
            List<string> parts = [];
            if (limits.Octets is { } octets) parts.Add(octets.ToString(CultureInfo.InvariantCulture) + "S");
            if (limits.Messages is { } messages) parts.Add(messages.ToString(CultureInfo.InvariantCulture) + "C");
            return string.Join(',', parts);
        }
    }

    /// <summary>Whether one more message of that size may come.</summary>
    /// <exception cref="IOException">the folders cannot be counted.</exception>
    public bool HasRoom(long octets)
    {
        if (Read() is { } kept && Fits(kept, octets)) return true;
        (long Octets, long Messages) counted = Count();
        Write(counted);
        return Fits(counted, octets);
    }

    /// <summary>Counts a message that was delivered, as far as the file can be written: the next count of the folders finds the rest.</summary>
    public void Add(long octets)
    {
        try
        {
            using FileStream file = new(FilePath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            file.Write(Encoding.ASCII.GetBytes(Line(octets, 1)));
        }
        catch (IOException)
        {
            // The message is in the mailbox: to say otherwise would deliver it twice.
        }
    }

    private bool Fits((long Octets, long Messages) used, long octets) =>
        (limits.Octets is not { } most || used.Octets + octets <= most) && (limits.Messages is not { } count || used.Messages + 1 <= count);

    /// <summary>What the file says; null when it does not say.</summary>
    private (long Octets, long Messages)? Read()
    {
        FileInfo file = new(FilePath);
        if (!file.Exists || file.Length > LongestFile) return null;
        string[] lines = File.ReadAllText(FilePath).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || lines[0].Trim() != FirstLine) return null;
        (long octets, long messages) = (0, 0);
        foreach (string line in lines.Skip(1))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var size, var count]
                || !long.TryParse(size, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long o)
                || !long.TryParse(count, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long m))
            {
                return null;
            }

            octets += o;
            messages += m;
        }

        return (octets, messages);
    }

    private (long Octets, long Messages) Count()
    {
        (long octets, long messages) = (0, 0);
        foreach (string folder in Directory.GetDirectories(maildir, ".*").Append(maildir))
        {
            foreach (string part in (string[])["new", "cur"])
            {
                DirectoryInfo directory = new(Path.Combine(folder, part));
                if (!directory.Exists) continue;
                foreach (FileInfo message in directory.EnumerateFiles())
                {
                    octets += Size(message);
                    messages++;
                }
            }
        }

        return (octets, messages);
    }

    private static long Size(FileInfo message)
    {
        int at = message.Name.IndexOf(",S=", StringComparison.Ordinal);
        if (at >= 0)
        {
            ReadOnlySpan<char> digits = message.Name.AsSpan(at + 3);
            int end = digits.IndexOfAnyExceptInRange('0', '9');
            if (long.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out long size)) return size;
        }

        // Between the listing and this a reader may have moved it.
        message.Refresh();
        return message.Exists ? message.Length : 0;
    }

    private void Write((long Octets, long Messages) counted)
    {
        string temporary = Path.Combine(maildir, "tmp", $"maildirsize.{Guid.NewGuid():N}");
        File.WriteAllText(temporary, $"{FirstLine}\n{Line(counted.Octets, counted.Messages)}");
        File.Move(temporary, FilePath, overwrite: true);
    }

    private static string Line(long octets, long messages) => string.Create(CultureInfo.InvariantCulture, $"{octets} {messages}\n");
}
