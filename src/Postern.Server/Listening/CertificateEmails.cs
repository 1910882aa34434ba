using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Postern.Server.Listening;

// SubjectAltName ::= SEQUENCE SIZE (1..MAX) OF GeneralName          ; RFC 5280 §4.2.1.6
// GeneralName    ::= CHOICE { ..., rfc822Name [1] IA5String, ... }

/// <summary>The mail addresses that a certificate is for. An address in the subject itself is none: RFC 5280 has done away with it.</summary>
internal static class CertificateEmails
{
    private const string SubjectAlternativeName = "2.5.29.17";

    private static readonly Asn1Tag Rfc822Name = new(TagClass.ContextSpecific, 1);

    /// <returns>empty also when the extension is broken.</returns>
    public static ImmutableArray<string> Of(X509Certificate2 certificate)
    {
        ImmutableArray<string>.Builder emails = ImmutableArray.CreateBuilder<string>();
        try
        {
            foreach (X509Extension extension in certificate.Extensions.Where(e => e.Oid?.Value == SubjectAlternativeName))
            {
                AsnReader names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
                while (names.HasData)
                {
                    if (names.PeekTag().HasSameClassAndValue(Rfc822Name)) emails.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, Rfc822Name));
                    else names.ReadEncodedValue();
                }
            }
        }
        catch (AsnContentException)
        {
            return [];
        }

        return emails.ToImmutable();
    }
}
