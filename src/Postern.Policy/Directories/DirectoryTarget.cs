using Postern.Smtp.Addresses;

namespace Postern.Policy.Directories;

/// <summary>One way that mail for an entry goes.</summary>
internal abstract record DirectoryTarget
{
    private DirectoryTarget()
    {
    }

    /// <summary>The end of the way: a mailbox, file or program of the entry's own.</summary>
    public sealed record Account(Mailbox Mailbox) : DirectoryTarget;

    /// <summary>An address that is looked up like any other.</summary>
    public sealed record Forward(Mailbox Target) : DirectoryTarget;

    /// <summary>The members of the group.</summary>
    public sealed record Members : DirectoryTarget;

    /// <summary>The reprocess channel asks again, later.</summary>
    public sealed record Later : DirectoryTarget;

    /// <summary>The entry's mail host takes it.</summary>
    public sealed record MailHost(string Host) : DirectoryTarget;
}
