using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Delivery;

/// <summary>
/// The process is killed again and again while 50 sessions give it mail and deliveries run: every letter answered 250 arrives,
/// and twice arrives at most what was under way. POSTERN_LONG_TESTS=1 makes it 30 rounds.
/// </summary>
public sealed partial class KillLoopTests(ITestOutputHelper output)
{
    private const int SessionsOfEachKind = 25;
    private const int LettersBeforeTheKill = 100;

    /// <summary>JOB_LIMIT of the two pools that deliver here.</summary>
    private const int UnderWay = 2 * 10;

    private readonly ConcurrentBag<Letter> _sent = [];
    private readonly ConcurrentBag<Letter> _stored = [];

    private static int Rounds => Environment.GetEnvironmentVariable("POSTERN_LONG_TESTS") == "1" ? 30 : 3;

    [Fact]
    public async Task Acknowledged_mail_arrives_however_often_the_process_is_killed()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        for (int round = 0; round < Rounds; round++)
        {
            await using PosternProcess server = await site.ServeAsync();
            int wanted = _sent.Count + _stored.Count + LettersBeforeTheKill + (17 * (round % 7));
            Task[] sessions =
            [
                .. Enumerable.Range(0, SessionsOfEachKind).Select(_ => SendAsync(site, Client.Internal, "v@other.test", _sent)),
                .. Enumerable.Range(0, SessionsOfEachKind).Select(_ => SendAsync(site, Client.Outsider, PosternSite.Bob, _stored)),
            ];
            await Eventually.HoldsAsync("letters are taken", () => _sent.Count + _stored.Count >= wanted);
            await server.KillAsync();
            await Task.WhenAll(sessions);
        }

        await using PosternProcess last = await site.ServeAsync();
        await site.QuietAsync();
        int twice = Arrived(_sent, site.Outside.Messages.Select(m => m.Content)) + Arrived(_stored, site.Store.MessagesOf(PosternSite.Bob));
        output.WriteLine($"{Rounds} kills, {_sent.Count} + {_stored.Count} letters answered 250, none lost, {twice} delivered twice");
        Assert.InRange(twice, 0, Rounds * UnderWay);
    }

    /// <summary>A client that sends one letter after the other until the server is gone.</summary>
    private static async Task SendAsync(PosternSite site, IPAddress client, string recipient, ConcurrentBag<Letter> taken)
    {
        try
        {
            using SmtpDialogue dialogue = await SmtpDialogue.OpenAsync(client, site.Port);
            while (true)
            {
                Letter letter = Letter.New();
                string reply = await dialogue.DeliverAsync(PosternSite.Ann, recipient, letter);
                Assert.StartsWith("250", reply, StringComparison.Ordinal);
                taken.Add(letter);
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The end of the process is the end of the session.
        }
    }

    /// <summary>Every letter came; the number of deliveries beyond one.</summary>
    private static int Arrived(IEnumerable<Letter> letters, IEnumerable<byte[]> messages)
    {
        Dictionary<string, int> counts = messages.GroupBy(m => Token().Match(Encoding.ASCII.GetString(m)).Groups["token"].Value).ToDictionary(g => g.Key, g => g.Count());
        Assert.All(letters, letter => Assert.True(counts.ContainsKey(letter.Token), $"letter {letter.Token} is lost"));
        return letters.Sum(letter => counts[letter.Token] - 1);
    }

    [GeneratedRegex("^Subject: test (?<token>[0-9a-f]+)", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Token();
}
