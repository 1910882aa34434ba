using Postern.Mapping.Evaluation;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Policy.Tests.Access;
using Postern.Smtp.Addresses;
using Xunit;

namespace Postern.Policy.Tests.Callouts;

/// <summary>A question whose tables need answers from outside says which, counts as "cannot tell" until it has them, and is asked again with them.</summary>
public sealed class PendingQuestionTests
{
    private const string Throttles = "[TABLE=t]\nQUOTA=5\n";

    [Fact]
    public void Recipient_waits_for_the_callout_and_then_is_decided()
    {
        Site site = With("ORIG_MAIL_ACCESS\n\n  TCP|*|*|*|*  $C$[throttle,t,$2]$NToo$ many$E\n");
        SessionFacts facts = site.Session("203.0.113.9");
        Decision open = Ask(site.Policy, facts, null);
        Assert.Equal(new Callout(CalloutKind.Routine, "throttle", "t,203.0.113.9"), open.Pending);
        Assert.Equal((Verdict.Defer, 451), (open.Verdict, open.Reply.Code));
        Assert.Equal("needed", Assert.Single(open.Explanation.Steps.OfType<ExplanationStep.Callout>()).Outcome);

        Decision over = Ask(site.Policy, facts, CalloutAnswers.Empty.With(open.Pending!, new CalloutAnswer.Success("")));
        Assert.Null(over.Pending);
        Assert.Equal("550 5.7.1 Too many: bob@example.com", over.Reply.ToString());
        ExplanationStep.Callout told = Assert.Single(over.Explanation.Steps.OfType<ExplanationStep.Callout>());
        Assert.Equal(new ExplanationStep.Callout("routine", "throttle", "t,203.0.113.9", "yes", ""), told);
        Assert.Same(over.Explanation.Deciding, over.Explanation.Steps[over.Explanation.Steps.IndexOf(told) + 1]);

        Decision within = Ask(site.Policy, facts, CalloutAnswers.Empty.With(open.Pending!, new CalloutAnswer.Failure()));
        Assert.Equal(Verdict.Accept, within.Verdict);
        Decision silent = Ask(site.Policy, facts, CalloutAnswers.Empty.With(open.Pending!, new CalloutAnswer.Unavailable()));
        Assert.Equal((Verdict.Defer, null), (silent.Verdict, silent.Pending));
    }

    [Fact]
    public void Tables_of_one_question_share_their_answers()
    {
        Site site = With("ORIG_MAIL_ACCESS\n\n  TCP|*|*|*|*  $C$[throttle,t,$2]$Na$E\n\nMAIL_ACCESS\n\n  TCP|*|*|*|*  $C$[throttle,t,$2]$Nb$E\n");
        SessionFacts facts = site.Session("203.0.113.9");
        Callout asked = Ask(site.Policy, facts, null).Pending!;
        Decision decision = Ask(site.Policy, facts, CalloutAnswers.Empty.With(asked, new CalloutAnswer.Failure()));
        Assert.Null(decision.Pending);
        Assert.Equal(2, decision.Explanation.Steps.OfType<ExplanationStep.Callout>().Count());
    }

    [Fact]
    public void Random_numbers_are_drawn_once_a_question()
    {
        // Another draw would find the queue empty.
        Queue<double> random = new([0.1, 0.9, 0.2]);
        Site site = With("ORIG_MAIL_ACCESS\n\n  TCP|*|*|*|*  $C$?50?$[throttle,t,$2]$Na$E\n\nMAIL_ACCESS\n\n  TCP|*|*|*|*  $C$?50?$Nb$E\n  TCP|*  $C$?50?$[throttle,t,other]$Nc$E\n");
        MailPolicy policy = new(site.Policy.Snapshot, random.Dequeue);
        SessionFacts facts = site.Session("203.0.113.9");
        CalloutAnswers answers = CalloutAnswers.Empty;
        List<string> asked = [];
        Decision decision = Ask(policy, facts, answers);
        while (decision.Pending is { } pending)
        {
            asked.Add(pending.Argument);
            answers = answers.With(pending, new CalloutAnswer.Failure());
            decision = Ask(policy, facts, answers);
        }

        Assert.Equal(["t,203.0.113.9", "t,other"], asked);
        Assert.Equal(Verdict.Accept, decision.Verdict);
        Assert.Empty(random);
    }

    [Fact]
    public void Connection_and_sender_wait_too()
    {
        Site site = new(InitialSite.Files.With("mappings", text => text.Replace(
            "PORT_ACCESS\n\n", "PORT_ACCESS\n\n  TCP|*|*|*|*  $C$[dns_verify_domain_port,$2,list.example]$E\n", StringComparison.Ordinal)));
        SessionFacts facts = site.Session("203.0.113.9");
        Decision door = site.Policy.Connect(facts.Connection);
        Assert.Equal((Verdict.Defer, 421, "203.0.113.9,list.example"), (door.Verdict, door.Reply.Code, door.Pending?.Argument));
        door = site.Policy.Connect(facts.Connection, CalloutAnswers.Empty.With(door.Pending!, new CalloutAnswer.Success("$N554 5.7.1 listed: $$100")));
        Assert.Equal("554 5.7.1 listed: $100", door.Reply.ToString());

        site = With("FROM_ACCESS\n\n  *|MAIL|*|*@*|*  $C$[dns_verify,$3|$$Y|$$Nno$ $$3]$E\n");
        Decision sender = site.Policy.Sender(facts, Site.Sender("s@ext.example"));
        Assert.Equal((Verdict.Defer, "ext.example|$Y|$Nno $3"), (sender.Verdict, sender.Pending?.Argument));
        sender = site.Policy.Sender(facts, Site.Sender("s@ext.example"), CalloutAnswers.Empty.With(sender.Pending!, new CalloutAnswer.Success("$Nno $3")));
        Assert.Equal("550 5.7.1 no ext.example: s@ext.example", sender.Reply.ToString());
    }

    [Fact]
    public void Rule_whose_table_cannot_answer_is_not_passed_over()
    {
        SiteFiles files = SiteFiles.Read("access/site")
            .With("postern.cnf", text => $"x.test  ${{SOME,$H}}$U%$D@tcp_local-daemon\nx.test  $U%$D@mail.example.com\n{text}")
            .With("mappings", text => $"{text}\nSOME\n\n  *  $C$[dns_verify,a.example|$$Y|$$N]$E\n");
        Rewriter rewriter = new Site(files).Policy.Rewriter;
        Mailbox address = Assert.IsType<AddressParse.Parsed>(AddressParser.Parse("v@x.test", smtpUtf8: false)).Mailbox;
        RewriteContext context = new(new ChannelName("tcp_local"), Envelope: true, Forward: true);
        RewriteResult.Failure open = Assert.IsType<RewriteResult.Failure>(rewriter.Rewrite(address, context));
        Assert.True(open.IsTransient);
        Callout asked = open.Pending!;
        RewriteResult.Failure silent = Assert.IsType<RewriteResult.Failure>(rewriter.Rewrite(address, context, CalloutAnswers.Empty.With(asked, new CalloutAnswer.Unavailable())));
        Assert.Equal((true, "temporary lookup failure", null), (silent.IsTransient, silent.Text, silent.Pending));
        Assert.Equal("tcp_local", Channel(new CalloutAnswer.Success("$Y")));
        Assert.Equal("l", Channel(new CalloutAnswer.Success("$N")));
        Assert.Equal("l", Channel(new CalloutAnswer.Failure()));

        string Channel(CalloutAnswer answer) =>
            Assert.IsType<RewriteResult.Success>(rewriter.Rewrite(address, context, CalloutAnswers.Empty.With(asked, answer))).Channel.Name.ToString();
    }

    private static Decision Ask(MailPolicy policy, SessionFacts facts, CalloutAnswers? answers)
    {
        ReversePath to = Site.Sender("bob@example.com");
        return policy.Recipient(facts, Site.Sender("s@ext.example"), new ForwardPath(to.Mailbox!, to.Given), answers: answers);
    }

    private static Site With(string tables) => new(InitialSite.Files
        .With("mappings", text => $"{text}\n{tables.Replace("TCP|*|*|*|*  ", "TCP|*|*|*|*|SMTP*|MAIL|*  ", StringComparison.Ordinal)}")
        .With("metermaid.cnf", _ => Throttles));
}
