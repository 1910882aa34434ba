using CsCheck;
using Postern.Mapping.Evaluation;
using Postern.Policy.Access;
using Postern.Policy.Directories;
using Postern.Policy.Tests.Access;
using Postern.Smtp.Addresses;
using Xunit;

namespace Postern.Policy.Tests.Directories;

/// <summary>A recipient of the directory takes searches, and each of them is a question that policy hands back.</summary>
public sealed class DirectoryQuestionTests
{
    private const int Members = 200;

    private static readonly Site Site = new(SiteFiles.Read("access/site")
        .With("option.dat", _ => "LDAP_HOST=localhost\nLDAP_USER_ROOT=o=isp\n")
        .With("users", _ => ""));

    [Fact]
    public void A_search_without_an_answer_is_no_answer()
    {
        Decision open = Ask("bob@dir.example", CalloutAnswers.Empty);
        Assert.Equal((Verdict.Defer, "451 4.3.0 temporary lookup failure: bob@dir.example"), (open.Verdict, open.Reply.ToString()));
        Assert.Equal(
            new Callout(
                CalloutKind.Directory,
                "",
                "ldap:///o=isp?objectClass,inetDomainBaseDN,aliasedObjectName,inetCanonicalDomainName,sunPreferredDomain,inetDomainStatus,mailDomainStatus,mailRoutingHosts,mailDomainCatchallAddress"
                + "?sub?(%7c(sunPreferredDomain=dir.example)(associatedDomain=dir.example))"),
            open.Pending);
        Assert.Equal("needed", Assert.Single(open.Explanation.Steps.OfType<ExplanationStep.Callout>()).Outcome);
    }

    [Fact]
    public void A_directory_that_is_down_defers_whatever_search_it_is()
    {
        MemoryDirectory directory = Group(3);
        int searches = 0;
        Answered("all@dir.example", directory.Answer, ref searches);
        for (int down = 0; down < searches; down++)
        {
            int asked = 0, rounds = 0;
            Decision decision = Answered("all@dir.example", c => asked++ == down ? new CalloutAnswer.Unavailable() : directory.Answer(c), ref rounds);
            Assert.True(decision.Verdict == Verdict.Defer && decision.Reply.Code == 451, $"search {down}: {decision.Reply}");
        }
    }

    [Fact]
    public void A_large_group_takes_few_rounds()
    {
        int searches = 0;
        MemoryDirectory directory = Group();
        CalloutAnswers answers = CalloutAnswers.Empty;
        int rounds = 0;
        Decision decision;
        while ((decision = Ask("all@dir.example", answers)).Pending is { } pending)
        {
            foreach (Callout along in pending.Along.Append(pending))
            {
                answers = answers.With(along, directory.Answer(along));
                searches++;
            }

            Assert.True(++rounds < 10, "too many rounds");
        }

        Assert.Equal(Members, decision.Recipients.Length);
        Assert.True(searches > 2 * Members);
    }

    [Fact]
    public void Whatever_the_local_part_the_search_is_for_it_and_nothing_else() => Gen.String[Gen.Char["ab*()\\|&=!~<>%?,;#+ é"], 1, 20].Sample(local =>
    {
        Mailbox mailbox = new(new LocalPart(local, WasQuoted: true), new MailDomain.Name("dir.example", "dir.example"));
        MemoryDirectory directory = Group(3);
        CalloutAnswers answers = CalloutAnswers.Empty;
        string name = local.IndexOf('+', StringComparison.Ordinal) is var plus and > 0 ? local[..plus] : local;
        while (Site.Policy.Recipient(Site.Session("203.0.113.9"), Site.Sender("s@x.test"), new ForwardPath(mailbox, mailbox.ToString()), answers: answers).Pending is { } pending)
        {
            DirectorySearch search = DirectorySearch.Parse(pending.Argument, out _)!;
            foreach (DirectoryFilter part in ((DirectoryFilter.Or)search.Filter).Parts)
            {
                if (part is not DirectoryFilter.Compare { Attribute: "mail" } mail) continue;
                Assert.Equal($"{name.ToLowerInvariant()}@dir.example", mail.Value.ToLowerInvariant());
            }

            answers = answers.With(pending, directory.Answer(pending));
        }
    }, iter: 300);

    private static MemoryDirectory Group(int size = Members)
    {
        MemoryDirectory directory = new MemoryDirectory().Add("o=dir,o=isp", "sunPreferredDomain: dir.example");
        List<string> members = ["objectClass: inetMailGroup", "mail: all@dir.example"];
        for (int i = 0; i < size; i++)
        {
            directory.Add($"uid=u{i},o=dir,o=isp", "objectClass: inetMailUser", $"uid: u{i}", $"mail: u{i}@dir.example");
            members.Add($"uniqueMember: uid=u{i},o=dir,o=isp");
        }

        return directory.Add("cn=all,o=dir,o=isp", [.. members]);
    }

    private static Decision Ask(string recipient, CalloutAnswers answers) =>
        AddressParser.Parse(recipient, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox }
            ? Site.Policy.Recipient(Site.Session("203.0.113.9"), Site.Sender("s@x.test"), new ForwardPath(mailbox, recipient), answers: answers)
            : throw new ArgumentException(recipient, nameof(recipient));

    private static Decision Answered(string recipient, Func<Callout, CalloutAnswer> answer, ref int rounds)
    {
        CalloutAnswers answers = CalloutAnswers.Empty;
        Decision decision;
        while ((decision = Ask(recipient, answers)).Pending is { } pending)
        {
            answers = answers.With(pending, answer(pending));
            rounds++;
        }

        return decision;
    }
}
