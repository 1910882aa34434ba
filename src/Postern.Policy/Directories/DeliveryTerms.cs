namespace Postern.Policy.Directories;

/// <summary>What the templates of delivery options may put into an address.</summary>
/// <param name="Uid">without domain part.</param>
/// <param name="LocalPart">as given, without subaddress.</param>
/// <param name="HostedDomain">"" for users of the default domain.</param>
/// <param name="Subaddress">without its <c>+</c>; "" for none.</param>
internal sealed record DeliveryTerms(
    string Uid, string LocalPart, string Domain, string Address, string HostedDomain, string Subaddress, string File, string Program, string MailHost)
{
    public string Value(char item) => item switch
    {
        'M' => Uid,
        'U' => LocalPart,
        'D' or 'H' => Domain,
        'A' => Address,
        'I' => HostedDomain,
        'S' => Subaddress,
        'F' => File,
        'P' => Program,
        'X' => MailHost,
        _ => "",
    };
}
