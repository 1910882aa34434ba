using Postern.Smtp.Addresses;

namespace Postern.Policy.Aliases;

/// <summary>The text under which an alias is found: case never matters, and an internationalised domain counts by its A-labels.</summary>
internal static class AliasKey
{
    public static string Of(string localPart, string? domainKey)
    {
        string local = localPart.ToLowerInvariant();
        return domainKey is null ? local : $"{local}@{domainKey}";
    }

    public static string Of(Mailbox address) => Of(address.Local.Value, address.Domain?.Key);

    /// <summary>Splits <c>name+sub</c>. A local part without a name before the plus has no subaddress.</summary>
    /// <param name="subaddress">with its <c>+</c>; "" for none.</param>
    public static string WithoutSubaddress(string localPart, out string subaddress)
    {
        int plus = localPart.IndexOf('+', StringComparison.Ordinal);
        subaddress = plus > 0 ? localPart[plus..] : "";
        return plus > 0 ? localPart[..plus] : localPart;
    }
}
