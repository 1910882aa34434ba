using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Admission;
using Postern.Server.Tests.Harness;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;

namespace Postern.Server.Tests.Admission;

public sealed class CopyPlanTests
{
    private static readonly ChannelName Source = new("tcp_intranet");

    [Theory]
    [InlineData("", "a@y.test b@y.test, c@z.test")]
    [InlineData("single_sys", "a@y.test b@y.test, c@z.test")]
    [InlineData("single", "a@y.test, b@y.test, c@z.test")]
    [InlineData("multiple", "a@y.test b@y.test c@z.test")]
    [InlineData("multiple addrsperfile 2", "a@y.test b@y.test, c@z.test")]
    [InlineData("single_sys addrsperfile 1", "a@y.test, b@y.test, c@z.test")]
    public void Copies_are_split_as_the_channel_says(string options, string copies)
    {
        ConfigurationSnapshot snapshot = Site.Snapshot(("postern.cnf", text => Site.WithOptions(text.Replace("smtp mx single_sys remotehost", "smtp mx remotehost", StringComparison.Ordinal), "tcp_local", options)));
        MailPolicy policy = new(snapshot, () => 0);
        SessionFacts facts = new(new ClientConnection(null, 0, null, 0, Source.ToString()), new SourceChannel(Source, Source, SourceChannelReason.Listener, "test"));
        ImmutableArray<AcceptedRecipient> accepted =
        [
            .. ((string[])["a@y.test", "b@y.test", "c@z.test"]).Select(text =>
            {
                ForwardPath path = new(((AddressParse.Parsed)AddressParser.Parse(text, smtpUtf8: false)).Mailbox, text);
                Decision decision = policy.Recipient(facts, ReversePath.Null, path, alreadyChecked: false, new EnvelopeTerms());
                Assert.Equal(Verdict.Accept, decision.Verdict);
                return new AcceptedRecipient(path, decision);
            }),
        ];
        ImmutableArray<NewCopy> plan = CopyPlan.Build(accepted, snapshot, ReversePath.Null, ReadOnlyMemory<byte>.Empty, holdReason: null);
        Assert.Equal(copies, string.Join(", ", plan.Select(c => string.Join(' ', c.Recipients.Select(r => r.Address)))));
    }
}
