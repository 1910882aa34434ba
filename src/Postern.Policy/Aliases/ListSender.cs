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
