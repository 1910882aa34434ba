using System.Collections.Immutable;
using MimeKit;

namespace Postern.Cli.Tests.Harness;

/// <summary>Reads the message store as a mail program would: the files in <c>new/</c> and <c>cur/</c>.</summary>
public sealed class MaildirReader(string store)
{
    /// <summary>The raw messages of one user; a mailbox that has never got mail is empty.</summary>
    public ImmutableArray<byte[]> MessagesOf(string address)
    {
        int at = address.LastIndexOf('@');
        string mailbox = Path.Combine(store, address[(at + 1)..], address[..at]);
        return [.. Files(mailbox, "new").Concat(Files(mailbox, "cur")).Select(File.ReadAllBytes)];
    }

    /// <summary>The copies of one letter in a user's mailbox.</summary>
    public ImmutableArray<byte[]> MessagesOf(string address, Letter letter) => [.. MessagesOf(address).Where(m => letter.IsIn(m))];

    /// <summary>How many messages all mailboxes hold.</summary>
    public int Count => Directory.Exists(store) ? Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories).Count() : 0;

    public static MimeMessage Parse(byte[] message)
    {
        using MemoryStream stream = new(message, writable: false);
        return MimeMessage.Load(stream);
    }

    private static IEnumerable<string> Files(string mailbox, string part)
    {
        string folder = Path.Combine(mailbox, part);
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder) : [];
    }
}
