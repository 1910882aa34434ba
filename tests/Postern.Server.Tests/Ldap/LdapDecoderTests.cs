using System.Formats.Asn1;
using System.Text;
using CsCheck;
using Postern.Server.Ldap;

namespace Postern.Server.Tests.Ldap;

public sealed class LdapDecoderTests
{
    private static readonly byte[] Entry = HostileServerTests.Message(7, 4, writer =>
    {
        writer.WriteOctetString("uid=bob,o=isp"u8);
        using (writer.PushSequence())
        {
            Attribute(writer, "mail", "bob@example.com", "robert@example.com");
            Attribute(writer, "cn;lang-fr", "Zoé");
            Attribute(writer, "cn", "Bob");
        }
    });

    [Fact]
    public void An_entry_is_read()
    {
        LdapMessage.Entry read = Assert.IsType<LdapMessage.Entry>(LdapDecoder.Decode(Entry, out string? fault));
        Assert.Null(fault);
        Assert.Equal((7, "uid=bob,o=isp"), (read.Id, read.Found.Name));
        Assert.Equal(["bob@example.com", "robert@example.com"], read.Found.Values("MAIL"));
        Assert.Equal(["Zoé", "Bob"], read.Found.Values("cn"));
        Assert.Null(read.Found.First("uid"));
    }

    [Fact]
    public void A_value_that_is_no_text_is_left_out()
    {
        byte[] photo = HostileServerTests.Message(1, 4, writer =>
        {
            writer.WriteOctetString([]);
            using (writer.PushSequence())
            using (writer.PushSequence())
            {
                writer.WriteOctetString("photo"u8);
                using (writer.PushSetOf())
                {
                    writer.WriteOctetString([0xff, 0xd8]);
                    writer.WriteOctetString("none"u8);
                }
            }
        });
        Assert.Equal(["none"], Assert.IsType<LdapMessage.Entry>(LdapDecoder.Decode(photo, out _)).Found.Values("photo"));
    }

    [Fact]
    public void A_message_has_its_length_once_the_head_is_there()
    {
        for (int count = 0; count < Entry.Length; count++)
        {
            int length = LdapDecoder.Length(Entry.AsSpan(0, count), out string? fault);
            Assert.Null(fault);
            Assert.True(length == 0 ? count < 3 : length == Entry.Length, $"{count} octets: {length}");
        }
    }

    [Theory]
    [InlineData(LdapDecoder.MaximumMessage, true)]
    [InlineData(LdapDecoder.MaximumMessage + 1, false)]
    public void A_message_has_a_limit(int content, bool fits)
    {
        byte[] head = [0x30, 0x84, (byte)(content >> 24), (byte)(content >> 16), (byte)(content >> 8), (byte)content];
        Assert.Equal(fits ? content + 6 : 0, LdapDecoder.Length(head, out string? fault));
        Assert.Equal(fits, fault is null);
    }

    [Fact]
    public void Nesting_without_end_is_a_fault()
    {
        byte[] nested = new byte[200_000];
        for (int i = 0; i < nested.Length; i += 2) (nested[i], nested[i + 1]) = (0x30, 0x80);
        Assert.Null(LdapDecoder.Decode(nested, out string? fault));
        Assert.NotNull(fault);
    }

    [Fact]
    public void Any_bytes_are_a_message_or_a_fault() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        int length = LdapDecoder.Length(bytes, out _);
        LdapMessage? message = LdapDecoder.Decode(bytes, out string? fault);
        return length >= 0 && (message is null) == (fault is not null);
    });

    [Fact]
    public void A_message_with_a_few_bytes_changed_is_a_message_or_a_fault() =>
        Gen.Select(Gen.Int[0, Entry.Length - 1], Gen.Byte).Array[1, 4].Sample(changes =>
        {
            byte[] bytes = [.. Entry];
            foreach ((int at, byte value) in changes) bytes[at] = value;
            LdapMessage? message = LdapDecoder.Decode(bytes, out string? fault);
            return (message is null) == (fault is not null);
        });

    private static void Attribute(AsnWriter writer, string type, params string[] values)
    {
        using (writer.PushSequence())
        {
            writer.WriteOctetString(Encoding.UTF8.GetBytes(type));
            using (writer.PushSetOf())
            {
                foreach (string value in values) writer.WriteOctetString(Encoding.UTF8.GetBytes(value));
            }
        }
    }
}
