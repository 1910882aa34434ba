using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Postern.Policy.Access;
using Postern.Server.Listening;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Listening;

/// <summary>Who the client behind a listed proxy is.</summary>
public sealed class ProxiedClientTests
{
    private const string Line = "PROXY TCP4 203.0.113.9 192.0.2.25 56324 25\r\n";
    private const string Signature = "\r\n\r\n\0\r\nQUIT\n";
    private const string Binary = Signature + "\x21\x11\0\x10\xcb\0\x71\x09\xc0\0\x02\x19\xdc\x04\0\x19\x04\0\x01z";
    private const string Behind = "EHLO client.test\r\n";

    private readonly Pipe _pipe = new(new PipeOptions(useSynchronizationContext: false));
    private readonly FakeTime _time = new();

    [Theory]
    [InlineData(Line)]
    [InlineData(Binary)]
    public async Task Header_names_the_client_however_it_is_cut_and_nothing_behind_it_is_lost(string header)
    {
        string all = header + Behind;
        for (int cut = 0; cut <= all.Length; cut++)
        {
            Pipe pipe = new(new PipeOptions(useSynchronizationContext: false));
            Task<(ClientConnection? Client, string? Fault)> reading = new ProxiedClient(_time).ReadAsync(pipe.Reader, Peer("10.0.0.5"), TestContext.Current.CancellationToken);
            await pipe.Writer.WriteAsync(Latin(all[..cut]), TestContext.Current.CancellationToken);
            await pipe.Writer.WriteAsync(Latin(all[cut..]), TestContext.Current.CancellationToken);
            await pipe.Writer.CompleteAsync();
            (ClientConnection? client, string? fault) = await reading;
            Assert.Null(fault);
            Assert.Equal(("203.0.113.9", 56324, false), (client!.Client!.ToString(), client.ClientPort, client.IsProxy));
            Assert.Equal(("192.0.2.25", 25, "smtp"), (client.Server!.ToString(), client.ServerPort, client.Service));
            Assert.Equal(Behind, await RestAsync(pipe.Reader));
        }
    }

    [Theory]
    [InlineData("10.0.0.5", "PROXY UNKNOWN\r\n")]
    [InlineData("10.0.0.5", Signature + "\x20\0\0\0")]
    [InlineData("10.0.0.5", Signature + "\x20\x11\0\x0c\xcb\0\x71\x09\xc0\0\x02\x19\xdc\x04\0\x19")]
    [InlineData("10.0.0.5", "PROXY TCP4 10.0.0.5 192.0.2.25 1 25\r\n")]
    [InlineData("10.0.0.5", "PROXY TCP6 ::ffff:10.0.0.5 ::1 1 25\r\n")]
    [InlineData("10.0.0.5", "PROXY TCP4 127.0.0.1 192.0.2.25 1 25\r\n")]
    [InlineData("10.0.0.5", "PROXY TCP6 ::1 2001:db8::1 1 25\r\n")]
    [InlineData("127.0.0.1", "PROXY TCP4 127.0.0.1 127.0.0.1 1 25\r\n")]
    public async Task Proxy_that_names_nobody_else_stays_the_client_and_is_known_as_a_proxy(string peer, string header)
    {
        (ClientConnection? client, string? fault) = await ReadAsync(header, peer);
        Assert.Null(fault);
        Assert.Equal((peer, 40000, true), (client!.Client!.ToString(), client.ClientPort, client.IsProxy));
    }

    [Fact]
    public async Task Proxy_of_this_machine_may_name_a_loopback_address()
    {
        (ClientConnection? client, _) = await ReadAsync("PROXY TCP4 127.0.0.2 127.0.0.1 1 25\r\n", "127.0.0.1");
        Assert.Equal(("127.0.0.2", false), (client!.Client!.ToString(), client.IsProxy));
    }

    [Theory]
    [InlineData("EHLO client.test\r\n", "no PROXY header")]
    [InlineData("PROXY TCP4 010.0.0.1 192.0.2.25 1 25\r\n", "malformed PROXY line")]
    [InlineData(Signature + "\x21\x11\x20\0", "PROXY header longer than 4112 octets")]
    [InlineData("PROXY TCP4 203.0", "closed before its PROXY header was complete")]
    [InlineData("", "closed before its PROXY header was complete")]
    public async Task Peer_without_a_good_header_has_no_client(string sent, string fault)
    {
        await _pipe.Writer.WriteAsync(Latin(sent), TestContext.Current.CancellationToken);
        await _pipe.Writer.CompleteAsync();
        Assert.Equal((null, fault), await new ProxiedClient(_time).ReadAsync(_pipe.Reader, Peer("10.0.0.5"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Header_that_trickles_in_has_one_time_limit()
    {
        Task<(ClientConnection? Client, string? Fault)> reading = new ProxiedClient(_time).ReadAsync(_pipe.Reader, Peer("10.0.0.5"), TestContext.Current.CancellationToken);
        await _time.TimerAsync(ProxiedClient.TimeLimit);
        TimeSpan step = ProxiedClient.TimeLimit / 4;
        for (int i = 0; i < 3; i++)
        {
            await _pipe.Writer.WriteAsync(Latin(Line.Substring(i, 1)), TestContext.Current.CancellationToken);
            _time.Advance(step);
        }

        Assert.False(reading.IsCompleted);
        _time.Advance(step);
        Assert.Equal((null, "no PROXY header in time"), await reading);
    }

    private async Task<(ClientConnection? Client, string? Fault)> ReadAsync(string header, string peer)
    {
        await _pipe.Writer.WriteAsync(Latin(header), TestContext.Current.CancellationToken);
        return await new ProxiedClient(_time).ReadAsync(_pipe.Reader, Peer(peer), TestContext.Current.CancellationToken);
    }

    private static ClientConnection Peer(string address) => new(IPAddress.Parse(address), 40000, IPAddress.Parse("192.0.2.25"), 25, "smtp");

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);

    private static async Task<string> RestAsync(PipeReader reader)
    {
        ReadResult rest = await reader.ReadAtLeastAsync(Behind.Length, TestContext.Current.CancellationToken);
        return Encoding.Latin1.GetString(rest.Buffer.ToArray());
    }
}
