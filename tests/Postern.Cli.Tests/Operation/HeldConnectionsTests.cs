using System.Diagnostics;
using System.Globalization;
using System.Net;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Operation;

/// <summary>
/// Thousands of clients that say nothing and hundreds that never finish a word take nothing from a client that has something to say.
/// The limits for one address are raised; how fast it went and what a held connection takes are printed, not judged.
/// </summary>
public sealed class HeldConnectionsTests
{
    private const int Idle = 5000;
    private const int Slow = 200;
    private const int Messages = 1000;
    private const int MessagesBefore = 200;

    [Fact]
    public async Task A_good_client_is_served_beside_idle_and_slow_ones()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        site.Edit("dispatcher.cnf", text => text.Replace("PARAMETER=", "MAX_CONNS=10000\nMAX_CONNS_PER_IP=10000\nPARAMETER=", StringComparison.Ordinal));
        await using PosternProcess server = await site.ServeAsync();
        using SmtpDialogue good = await SmtpDialogue.OpenAsync(Client.Outsider, site.Port);
        TimeSpan before = Median(await SendAsync(good, MessagesBefore, _ => Task.CompletedTask));

        List<SmtpDialogue> held = [];
        try
        {
            long memory = server.AnonymousMemory();
            for (int i = 0; i < Idle; i++) held.Add(await SmtpDialogue.OpenAsync(Address(i), site.Port));
            long each = (server.AnonymousMemory() - memory) / Idle;
            for (int i = 0; i < Slow; i++) held.Add(await SmtpDialogue.OpenAsync(Address(Idle + i), site.Port));

            // With each message every slow client sends one octet more of a command that has no end.
            List<SmtpDialogue> slow = held[Idle..];
            TimeSpan[] during = await SendAsync(good, Messages, async _ =>
            {
                foreach (SmtpDialogue client in slow) await client.SendAsync("x");
            });

            Assert.Equal(Messages, during.Length);
            foreach (SmtpDialogue client in held[..Idle]) Assert.StartsWith("250", await client.SayAsync("NOOP"), StringComparison.Ordinal);
            foreach (SmtpDialogue client in slow) Assert.StartsWith("500", await client.SayAsync(""), StringComparison.Ordinal);
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"a message took {before.TotalMilliseconds:0.0} ms alone, {Median(during).TotalMilliseconds:0.0} ms beside {Idle} idle and {Slow} slow clients: {Median(during) / before:0.0} times; {each / 1024.0:0.0} KiB of anonymous memory an idle connection"));
        }
        finally
        {
            foreach (SmtpDialogue client in held) client.Dispose();
        }
    }

    /// <summary>How long each message took from MAIL to its 250; one that is not taken fails the test.</summary>
    private static async Task<TimeSpan[]> SendAsync(SmtpDialogue client, int messages, Func<int, Task> between)
    {
        TimeSpan[] times = new TimeSpan[messages];
        for (int i = 0; i < messages; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Assert.StartsWith("250 2.0.0", await client.DeliverAsync("s@ext.example", PosternSite.Bob, Letter.New()), StringComparison.Ordinal);
            times[i] = Stopwatch.GetElapsedTime(start);
            await between(i);
        }

        return times;
    }

    private static TimeSpan Median(TimeSpan[] times) => times.Order().ElementAt(times.Length / 2);

    /// <summary>Many strangers.</summary>
    private static IPAddress Address(int i) => new([127, 1, (byte)(i / 250), (byte)(1 + (i % 250))]);
}
