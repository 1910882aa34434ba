using System.Net;
using System.Text;
using Postern.Mapping.Evaluation;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;
using Postern.Smtp.Session;

namespace Postern.Server.Operations;

/// <summary>
/// A session that only exists on the command line or in the console, described by what policy may know of it. It walks
/// the same way as a live one: connection, TLS, AUTH, MAIL, RCPT, through the same dialogue and the same policy.
/// </summary>
/// <param name="Port">names the listener with that port; null is the service <c>smtp</c>.</param>
public sealed record ImaginedSession(string Ip, int? Port, bool Tls, string? User, string Helo)
{
    /// <summary>The client's host name, taken as confirmed; null for none. Nothing is looked up.</summary>
    public string? ClientName { get; init; }

    public int ClientPort { get; init; } = 49152;

    /// <summary>Our address; null is that of the loopback.</summary>
    public IPAddress? ServerAddress { get; init; }

    /// <summary>What tables see of a TLS session.</summary>
    public string TlsDescription { get; init; } = "TLS1.3";

    /// <summary>What the session is known by after connect, TLS and AUTH; null and one line why when it cannot exist.</summary>
    /// <param name="answers">of callouts; null is none.</param>
    public SessionFacts? Facts(MailPolicy policy, out string? fault, CalloutAnswers? answers = null)
    {
        if (!IPAddress.TryParse(Ip, out IPAddress? address))
        {
            fault = $"\"{Ip}\" is no IP address";
            return null;
        }

        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (FindListener(policy.Snapshot, Port) is not var (listener, port))
        {
            fault = Port is null ? "there is no service smtp" : $"no listener has port {Port}";
            return null;
        }

        ClientName? name = ClientName is null ? null : Policy.Access.ClientName.Of(ClientName, confirmed: true);
        if (ClientName is not null && name is null)
        {
            fault = $"\"{ClientName}\" is no full host name";
            return null;
        }

        fault = null;
        IPAddress server = ServerAddress is { } ours ? ours : address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;
        ClientConnection connection = new(address, ClientPort, server, port, listener.Service) { Name = name };
        SessionFacts facts = new(connection, policy.SourceAtConnect(connection, answers), Helo, Extended: true);
        if (Tls || listener.TlsPorts.Contains(port))
        {
            facts = facts with { Tls = TlsDescription };
            facts = facts with { Source = policy.SourceAfterTls(facts) };
        }

        return User is null ? facts : facts with { Source = Next(facts.Source, policy.SourceAfterAuthentication(facts, User, answers)), AuthenticatedUser = User };
    }

    /// <summary>The answer to the connection, else to MAIL, else to RCPT: the first that refuses is the decision.</summary>
    /// <param name="sender">without angle brackets; "" is the null sender.</param>
    /// <param name="recipient">without angle brackets.</param>
    /// <param name="answers">of callouts; null is none.</param>
    public static DecisionRecord Decide(MailPolicy policy, SessionFacts facts, string sender, string recipient, CalloutAnswers? answers = null)
    {
        Explanation? ofAdmission = null, accepted = null;
        string? effective = null;
        Decision admission = policy.Connect(facts.Connection, answers);
        if (admission.Verdict != Verdict.Accept)
        {
            // At the door nothing else is known of the client yet.
            facts = new SessionFacts(facts.Connection, policy.SourceAtConnect(facts.Connection, answers));
            return Record(admission, null);
        }

        ofAdmission = admission.Explanation;

        if (facts.AuthenticatedUser is { } user)
        {
            SessionFacts before = facts with { AuthenticatedUser = null, Source = policy.SourceAtConnect(facts.Connection, answers) };
            if (facts.Tls is not null) before = before with { Source = policy.SourceAfterTls(before) };
            Decision login = policy.Authentication(before, "PLAIN", user, answers);
            if (login.Verdict != Verdict.Accept)
            {
                facts = before;
                return Record(login, null);
            }
        }

        SessionState state = new(
            SessionPhase.Command,
            policy.Terms(facts.Source, facts.Tls, facts.AuthenticatedUser, hasCertificate: true),
            IsTls: facts.Tls is not null,
            HeloName: facts.HeloName,
            Extended: true,
            IsAuthenticated: facts.AuthenticatedUser is not null);
        bool smtpUtf8 = !Ascii.IsValid(sender) || !Ascii.IsValid(recipient);
        if (Say(state, $"MAIL FROM:<{sender}>{(smtpUtf8 ? " SMTPUTF8" : "")}", out SmtpReply? reply) is not SessionEffect.DecideSender { Command.Path: var path })
            return Record(Refused(reply!), sender);
        ReversePath given = path;
        facts = facts with { Source = Next(facts.Source, policy.SourceAtSender(facts, path, answers)) };
        Decision ofSender = policy.Sender(facts, path, answers);
        if (ofSender.Verdict is Verdict.Reject or Verdict.Defer) return Record(ofSender, given.Given);
        path = Admission.AcceptedSender.Effective(path, ofSender, smtpUtf8);
        if (path != given) effective = path.ToString();
        accepted = ofSender.Explanation;

        state = state with { Transaction = new MailTransaction(0, TimeSpan.Zero), SmtpUtf8 = smtpUtf8 };
        return Say(state, $"RCPT TO:<{recipient}>", out reply) is SessionEffect.DecideRecipient { Command.Path: var to }
            ? Record(policy.Recipient(facts, path, to, answers: answers), given.Given, to.Given)
            : Record(Refused(reply!), given.Given, recipient);

        DecisionRecord Record(Decision decision, string? from, string? to = null) =>
            new("-", DateTimeOffset.UnixEpoch, policy.Snapshot.Version, facts, from, to, decision)
            {
                EffectiveFrom = effective,
                Admission = ofAdmission,
                Sender = accepted,
            };
    }

    /// <summary>A live session waits for each stage; here the first open question is kept.</summary>
    private static SourceChannel Next(SourceChannel before, SourceChannel after) => after with { Pending = before.Pending ?? after.Pending };

    private static SessionEffect Say(SessionState state, string command, out SmtpReply? reply)
    {
        string line = string.Concat(command.Select(c => c is '\r' or '\n' or '\0' ? '?' : c));
        SessionEffect effect = SmtpSession.Step(state, new SessionEvent.Line(Encoding.UTF8.GetBytes(line), MoreBuffered: false)).Effect;
        reply = effect is SessionEffect.Send send ? send.Reply : null;
        return effect;
    }

    private static Decision Refused(SmtpReply reply) =>
        new(reply.IsTransient ? Verdict.Defer : Verdict.Reject, reply, Explanation.Empty.Add(new ExplanationStep.Note("refused by the dialogue, before any table was asked")));

    /// <summary>25, 587 and 465 stand for their services where no listener has that port.</summary>
    private static (ListenerDefinition Listener, int Port)? FindListener(ConfigurationSnapshot snapshot, int? port)
    {
        foreach (ListenerDefinition listener in snapshot.Listeners)
        {
            if (port is { } wanted && (listener.Ports.Contains(wanted) || listener.TlsPorts.Contains(wanted))) return (listener, wanted);
        }

        string? service = port switch
        {
            null or 25 => "smtp",
            587 => "submission",
            465 => "submissions",
            _ => null,
        };
        ListenerDefinition? named = snapshot.Listeners.FirstOrDefault(l => l.Service.Equals(service, StringComparison.OrdinalIgnoreCase));
        return named is null ? null : (named, named.Ports.Concat(named.TlsPorts).FirstOrDefault());
    }
}
