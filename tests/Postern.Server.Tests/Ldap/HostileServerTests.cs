using System.Formats.Asn1;
using System.Text;

namespace Postern.Server.Tests.Ldap;

/// <summary>Whatever a server does, mail is deferred, and in good time.</summary>
public sealed class HostileServerTests
{
    private const string Deferred = "451 4.3.0 temporary directory failure: bob@example.com";

    private static readonly byte[] Done = Message(1, 5, writer => Result(writer, 0));

    [Fact]
    public async Task Garbage()
    {
        await using HostileServer server = HostileServer.Saying("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        await AssertDeferredAsync(server);
    }

    [Fact]
    public async Task A_message_that_claims_to_be_huge()
    {
        await using HostileServer server = HostileServer.Saying(0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x02, 0x01, 0x01);
        await AssertDeferredAsync(server);
    }

    [Fact]
    public async Task A_message_of_indefinite_length()
    {
        await using HostileServer server = HostileServer.Saying(0x30, 0x80, 0x02, 0x01, 0x01);
        await AssertDeferredAsync(server);
    }

    [Fact]
    public async Task An_answer_to_another_request()
    {
        await using HostileServer server = HostileServer.Saying(Message(77, 5, writer => Result(writer, 0)));
        await AssertDeferredAsync(server);
    }

    [Fact]
    public async Task A_request_for_an_answer()
    {
        await using HostileServer server = HostileServer.Saying(Message(1, 3, _ => { }));
        await AssertDeferredAsync(server);
    }

    [Fact]
    public async Task An_error_for_an_answer()
    {
        await using HostileServer server = HostileServer.Saying(Message(1, 5, writer => Result(writer, 51)));
        await AssertDeferredAsync(server);
    }

    [Fact]
    public async Task A_connection_that_ends_inside_an_answer()
    {
        await using HostileServer server = new((stream, stop) => stream.WriteAsync(Done.AsMemory(0, Done.Length - 1), stop).AsTask());
        await AssertDeferredAsync(server);
    }

    [Fact]
    public async Task More_entries_than_were_asked_for()
    {
        byte[] entry = Message(1, 4, writer =>
        {
            writer.WriteOctetString("o=x"u8);
            using (writer.PushSequence())
            {
            }
        });
        await using HostileServer server = new(async (stream, stop) =>
        {
            while (true) await stream.WriteAsync(entry, stop);
        });
        await AssertDeferredAsync(server, "LDAP_SIZE_LIMIT=100");
    }

    [Fact]
    public async Task A_server_that_never_answers_costs_its_time_and_no_more()
    {
        await using HostileServer server = new(async (stream, stop) =>
        {
            while (await stream.ReadAsync(new byte[4096], stop) > 0)
            {
            }
        });
        await using DirectorySite site = new(DirectorySite.Snapshot(server.Port, "LDAP_TIMEOUT=700"));
        Task<string> outcome = site.OutcomeAsync("bob@example.com");
        await site.Time.TimerAsync(TimeSpan.FromSeconds(7));
        site.Time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(Deferred, await outcome);

        // It is left alone for a while: the next one is answered at once.
        Assert.Equal(Deferred, await site.OutcomeAsync("bob@example.com"));
    }

    [Fact]
    public async Task Words_slipped_in_before_tls_are_not_taken_for_answers()
    {
        byte[] yes = Message(1, 24, writer => Result(writer, 0));
        await using HostileServer server = HostileServer.Saying([.. yes, .. Message(2, 5, writer => Result(writer, 0))]);
        await AssertDeferredAsync(server, "LDAP_TLS=starttls");
    }

    [Fact]
    public async Task A_server_that_refuses_tls_is_not_spoken_to_in_the_clear()
    {
        await using HostileServer server = HostileServer.Saying(Message(1, 24, writer => Result(writer, 2)));
        await AssertDeferredAsync(server, "LDAP_TLS=starttls\nLDAP_USERNAME=cn=root,o=isp\nLDAP_PASSWORD=top secret");
    }

    private static async Task AssertDeferredAsync(HostileServer server, string options = "")
    {
        await using DirectorySite site = new(DirectorySite.Snapshot(server.Port, options));
        Assert.Equal(Deferred, await site.OutcomeAsync("bob@example.com"));
    }

    private static void Result(AsnWriter writer, byte code)
    {
        writer.WriteEncodedValue([0x0a, 1, code]);
        writer.WriteOctetString([]);
        writer.WriteOctetString(Encoding.UTF8.GetBytes("as you wish"));
    }

    internal static byte[] Message(int id, int operation, Action<AsnWriter> content)
    {
        AsnWriter writer = new(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(id);
            using (writer.PushSequence(new Asn1Tag(TagClass.Application, operation, isConstructed: true))) content(writer);
        }

        return writer.Encode();
    }
}
