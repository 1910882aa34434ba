using System.Collections.Immutable;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Relay;

/// <summary>Every known way of writing an address that would get mail past the tables, or into a channel that only the MTA itself may use.</summary>
[Collection(RelayCollection.Name)]
public sealed class ClosedFormsTests(RelaySite running)
{
    private static readonly ImmutableArray<AddressForm> Forms =
    [
        new("W01", "@process-daemon:x@isp.test", AddressForm.Unknown),
        new("W02", "@mta.example.com,@process-daemon:x@isp.test", AddressForm.Unknown),
        new("W03", "\"@process-daemon:x@isp.test\"@example.com", AddressForm.Unknown),
        new("W04", "x%isp.test@process.mta.example.com", AddressForm.Unknown),
        new("W05", "x%isp.test%process-daemon@example.com", AddressForm.Unknown),
        new("W06", "process-daemon!isp.test!x", AddressForm.Unknown),
        new("W07", "@conversion-daemon:x@isp.test", AddressForm.Unknown),
        new("W08", "@defragment-daemon:x@isp.test", AddressForm.Unknown),
        new("W09", "@reprocess.mta.example.com:x@isp.test", AddressForm.Unknown),
        new("W10", "@bitbucket-daemon:x@isp.test", AddressForm.Unknown),
        new("W11", "x@bitbucket.mta.example.com", AddressForm.Unknown),
        new("W12", "@filter_discard-daemon:x@isp.test", AddressForm.Unknown),
        new("W13", "@tcp_auth-daemon:x@isp.test", AddressForm.Unknown),
        new("W14", "tcp_submit-daemon!x", AddressForm.Unknown),
        new("W15", "X@TCP_INTRANET-DAEMON.", AddressForm.Unknown),
        new("W16", "@tcp_intranet-daemon:x@[IPv6:2001:db8::9]", AddressForm.Unknown),
        new("W17", "@host1.corp.example.com:x@[IPv6:2001:db8::9]", AddressForm.NoRoute),
        new("W18", "@host1.corp.example.com,@[IPv6:2001:db8::9]:x@ai", AddressForm.NoRoute),
        new("W19", "\"@host1.corp.example.com:x@isp\"@example.com", AddressForm.NoRoute),
        new("W20", "@host1.corp.example.com:x%isp", AddressForm.NoRoute),
        new("W21", "host1.corp.example.com!isp!x", AddressForm.NoRoute),
        new("W22", "\"[IPv6:2001:db8::9]!x\"@host1.corp.example.com", AddressForm.NoRoute),
        new("W23", "a.\"x@isp.test\"@host1.corp.example.com", AddressForm.NoRoute),
        new("W24", "x@isp.test@host1.corp.example.com", "501 "),
        new("W25", "\"\\\"x@isp.test\\\"\"@example.com", "550 5.1.1 "),
        new("W26", "\"a@isp.test\"%host1.corp.example.com@example.com", "501 "),
        new("own host in a route", "@mta.example.com:v@other.test", AddressForm.NoRelay),
        new("own domain in a route", "@example.com:v@other.test", AddressForm.NoRelay),
        new("percent at our domain", "v%other.test@example.com", AddressForm.NoRelay),
        new("bang at our domain", "other.test!v@example.com", AddressForm.NoRelay),
        new("quoted at our domain", "\"v@other.test\"@example.com", AddressForm.NoRelay),
        new("foreign route", "@x.example:v@other.test", AddressForm.NoRelay),
        new("a user of ours at a foreign host", "bob%example.com@other.test", AddressForm.NoRelay),
        new("an alias as percent", "via-process%other.test@example.com", AddressForm.NoRelay),
        new("an alias as bang", "other.test!via-process@example.com", AddressForm.NoRelay),
    ];

    private readonly PosternSite _site = running.Site;

    [Fact]
    public async Task Outsider_gets_nowhere_with_any_form()
    {
        Letter letter = Letter.New();
        List<string> wrong = [];
        foreach (AddressForm form in Forms)
        {
            string reply = await SmtpDialogue.DeliverAsync(Client.Outsider, _site.Port, "s@ext.example", form.Recipient, letter);
            if (!reply.StartsWith(form.Reply, StringComparison.Ordinal)) wrong.Add($"{form}\n    {reply}, not {form.Reply}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        await running.NobodyHasAsync(letter);
    }

    [Fact]
    public async Task Plain_address_behind_the_same_host_is_sent()
    {
        Letter letter = Letter.New();
        string reply = await SmtpDialogue.DeliverAsync(Client.Outsider, _site.Port, "s@ext.example", "ann@host1.corp.example.com", letter);
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
        await running.SentAsync(_site.Inside, letter, "ann@host1.corp.example.com");
    }
}
