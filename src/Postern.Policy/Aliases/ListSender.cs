using Postern.Smtp.Addresses;

namespace Postern.Policy.Aliases;

/// <summary>The envelope From that a list gives to its members' copies (ENVELOPE_FROM, error-return-address).</summary>
public abstract record ListSender
{
    /// <summary><c>/</c>: the sender's stays, but the alias is a list all the same.</summary>
    public sealed record Keep : ListSender
    {
        public static Keep Instance { get; } = new();
    }

    public sealed record Owner(Mailbox Address) : ListSender;

    /// <summary><c>owner+*@domain</c>: each member's copy comes back to an address of its own.</summary>
    /// <param name="Address">the owner without the <c>+*</c>.</param>
    public sealed record PerMember(Mailbox Address) : ListSender;

    /// <returns>null, or what is wrong with the text.</returns>
    public static string? Parse(string text, out ListSender? sender)
    {
        sender = null;
        if (text == "/")
        {
            sender = Keep.Instance;
            return null;
        }

        if (ListDraft.FullAddress(text, out Mailbox? owner) is { } fault) return fault;
        if (!owner!.Route.IsEmpty) return "has a source route";
        bool each = owner.Local.Value.EndsWith("+*", StringComparison.Ordinal) && owner.Local.Value.Length > 2;
        sender = each ? new PerMember(owner with { Local = new LocalPart(owner.Local.Value[..^2], owner.Local.WasQuoted) }) : new Owner(owner);
        return null;
    }

    /// <summary>The owner's own address; null where there is none.</summary>
    public Mailbox? Plain => this switch
    {
        Owner owner => owner.Address,
        PerMember each => each.Address,
        _ => null,
    };

    /// <param name="member">the member as the list names it.</param>
    /// <param name="current">the envelope From before this list.</param>
    public string For(Mailbox member, string current) => this switch
    {
        Owner owner => owner.Address.ToString(),
        PerMember each => VerpAddress.Encode(each.Address, member),
        _ => current,
    };
}
