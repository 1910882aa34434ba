using System.Formats.Asn1;
using System.Text;
using Postern.Policy.Directories;

namespace Postern.Server.Ldap;

/// <summary>Writes the requests of a client (RFC 4511 §4.2, §4.3, §4.5, §4.12).</summary>
internal static class LdapEncoder
{
    private const string StartTlsName = "1.3.6.1.4.1.1466.20037";
    private const int Version = 3;

    private static readonly Asn1Tag BindTag = new(TagClass.Application, 0, isConstructed: true);
    private static readonly Asn1Tag UnbindTag = new(TagClass.Application, 2);
    private static readonly Asn1Tag SearchTag = new(TagClass.Application, 3, isConstructed: true);
    private static readonly Asn1Tag ExtendedTag = new(TagClass.Application, 23, isConstructed: true);

    /// <param name="dn">"" with an empty password is an anonymous bind.</param>
    public static byte[] Bind(int id, string dn, string password) => Message(id, writer =>
    {
        using (writer.PushSequence(BindTag))
        {
            writer.WriteInteger(Version);
            Write(writer, dn);
            Write(writer, password, Context(0));
        }
    });

    public static byte[] Unbind(int id) => Message(id, writer => writer.WriteNull(UnbindTag));

    public static byte[] StartTls(int id) => Message(id, writer =>
    {
        using (writer.PushSequence(ExtendedTag)) Write(writer, StartTlsName, Context(0));
    });

    /// <param name="sizeLimit">entries the server may send; 0 is no limit.</param>
    /// <param name="timeLimit">whole seconds the server may take; 0 is no limit.</param>
    public static byte[] Search(int id, DirectorySearch search, int sizeLimit, int timeLimit) => Message(id, writer =>
    {
        using (writer.PushSequence(SearchTag))
        {
            Write(writer, search.Base);
            WriteEnumerated(writer, (byte)search.Scope);
            WriteEnumerated(writer, 0); // aliases are read as they are
            writer.WriteInteger(sizeLimit);
            writer.WriteInteger(timeLimit);
            writer.WriteBoolean(false);
            Write(writer, search.Filter);
            using (writer.PushSequence())
            {
                foreach (string attribute in search.Attributes) Write(writer, attribute);
            }
        }
    });

    private static byte[] Message(int id, Action<AsnWriter> operation)
    {
        AsnWriter writer = new(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(id);
            operation(writer);
        }

        return writer.Encode();
    }

    private static void Write(AsnWriter writer, DirectoryFilter filter)
    {
        switch (filter)
        {
            case DirectoryFilter.And and:
                using (writer.PushSetOf(Constructed(0))) foreach (DirectoryFilter part in and.Parts) Write(writer, part);
                break;
            case DirectoryFilter.Or or:
                using (writer.PushSetOf(Constructed(1))) foreach (DirectoryFilter part in or.Parts) Write(writer, part);
                break;
            case DirectoryFilter.Not not:
                using (writer.PushSequence(Constructed(2))) Write(writer, not.Part);
                break;
            case DirectoryFilter.Compare compare:
                using (writer.PushSequence(Constructed(TagOf(compare.Comparison))))
                {
                    Write(writer, compare.Attribute);
                    Write(writer, compare.Value);
                }

                break;
            case DirectoryFilter.Substrings substrings:
                Write(writer, substrings);
                break;
            case DirectoryFilter.Present present:
                Write(writer, present.Attribute, Context(7));
                break;
            case DirectoryFilter.Extensible extensible:
                using (writer.PushSequence(Constructed(9)))
                {
                    if (extensible.Rule is { } rule) Write(writer, rule, Context(1));
                    if (extensible.Attribute is { } attribute) Write(writer, attribute, Context(2));
                    Write(writer, extensible.Value, Context(3));
                    if (extensible.OfName) writer.WriteBoolean(true, Context(4));
                }

                break;
            default:
                throw new InvalidOperationException($"unknown filter {filter.GetType().Name}");
        }
    }

    private static void Write(AsnWriter writer, DirectoryFilter.Substrings substrings)
    {
        using (writer.PushSequence(Constructed(4)))
        {
            Write(writer, substrings.Attribute);
            using (writer.PushSequence())
            {
                if (substrings.Initial is { } initial) Write(writer, initial, Context(0));
                foreach (string inner in substrings.Inner) Write(writer, inner, Context(1));
                if (substrings.Final is { } final) Write(writer, final, Context(2));
            }
        }
    }

    private static int TagOf(FilterComparison comparison) => comparison switch
    {
        FilterComparison.AtLeast => 5,
        FilterComparison.AtMost => 6,
        FilterComparison.Approximate => 8,
        _ => 3,
    };

    private static void Write(AsnWriter writer, string text, Asn1Tag? tag = null) => writer.WriteOctetString(Encoding.UTF8.GetBytes(text), tag);

    private static void WriteEnumerated(AsnWriter writer, byte value) => writer.WriteEncodedValue([0x0a, 1, value]);

    private static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number);

    private static Asn1Tag Constructed(int number) => new(TagClass.ContextSpecific, number, isConstructed: true);
}
