using MailKit.Net.Smtp;
using MailKit.Security;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Relay;

/// <summary>Programs that know nothing of Postern authenticate and send, by every port and every mechanism that both sides have.</summary>
[Collection(RelayCollection.Name)]
public sealed class IndependentClientsTests(RelaySite running)
{
    private readonly PosternSite _site = running.Site;

    public static TheoryData<string, Door, string> Programs
    {
        get
        {
            TheoryData<string, Door, string> all = [];
            foreach (string program in (string[])["swaks", "curl", "msmtp", "smtplib"])
            {
                foreach (Door door in Enum.GetValues<Door>())
                {
                    foreach (string mechanism in (string[])["PLAIN", "LOGIN"]) all.Add(program, door, mechanism);
                }
            }

            return all;
        }
    }

    public static TheoryData<Door, string> MailKitWays
    {
        get
        {
            TheoryData<Door, string> all = [];
            foreach (Door door in Enum.GetValues<Door>())
            {
                foreach (string mechanism in (string[])["PLAIN", "LOGIN"]) all.Add(door, mechanism);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Program_authenticates_and_sends(string program, Door door, string mechanism)
    {
        Letter letter = Letter.New();
        (await SubmittingClient.SendAsync(program, _site, door, mechanism, "v@other.test", letter)).Exits(0);
        SinkMessage sent = await running.SentAsync(_site.Outside, letter, "v@other.test");
        Assert.Equal(PosternSite.Bob, sent.ReversePath);
    }

    [Theory]
    [MemberData(nameof(MailKitWays))]
    public async Task MailKit_authenticates_and_sends(Door door, string mechanism)
    {
        Letter letter = Letter.New();
        (int port, SecureSocketOptions security) = door switch
        {
            Door.Smtp => (_site.Port, SecureSocketOptions.StartTls),
            Door.Submission => (_site.SubmissionPort, SecureSocketOptions.StartTls),
            _ => (_site.SubmissionsPort, SecureSocketOptions.SslOnConnect),
        };
        using (SmtpClient client = await MailKitClient.ConnectAsync(Client.Outsider, port, security))
        {
            SaslMechanism sasl = mechanism switch
            {
                "PLAIN" => new SaslMechanismPlain(PosternSite.Bob, PosternSite.Password),
                "LOGIN" => new SaslMechanismLogin(PosternSite.Bob, PosternSite.Password),
                _ => new SaslMechanismScramSha256(PosternSite.Bob, PosternSite.Password),
            };
            await client.AuthenticateAsync(sasl, TestContext.Current.CancellationToken);
            await client.SendLetterAsync(PosternSite.Bob, "v@other.test", letter);
        }

        await running.SentAsync(_site.Outside, letter, "v@other.test");
    }
}
