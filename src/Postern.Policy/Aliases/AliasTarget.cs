using Postern.Mapping.Text;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Aliases;

/// <summary>One address an alias leads to.</summary>
/// <param name="CarriesSubaddress">written <c>name+*</c>: the subaddress of the address that was looked up is appended.</param>
/// <param name="IsHidden">written <c>:name</c>: notifications name the alias instead.</param>
public sealed record AliasTarget(SourcePosition Position, Mailbox Mailbox, bool CarriesSubaddress = false, bool IsHidden = false)
{
    /// <summary>The address for one look-up.</summary>
    /// <param name="subaddress">with its <c>+</c>; "" for none.</param>
    public Mailbox For(string subaddress) => CarriesSubaddress
        ? Mailbox with { Local = new LocalPart(Mailbox.Local.Value[..^2] + subaddress, Mailbox.Local.WasQuoted) }
        : Mailbox;
}
