using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Postern.Smtp.Replies;
using Postern.Smtp.Sasl;
using Postern.Smtp.Session;

namespace Postern.Smtp.Tests.Transcripts;

/// <summary>
/// Answers what the session asks as a transcript says: <c>mail &lt;a@b&gt; REPLY</c>, <c>rcpt &lt;a@b&gt; REPLY</c>, <c>vrfy &lt;a@b&gt; REPLY</c>, <c>client &lt;address&gt; REPLY</c>, each with
/// <c>delay 300ms</c> or <c>delay 300ms later</c> at will, <c>content REPLY</c>, <c>password USER PASSWORD</c>, with <c>unavailable</c> or
/// <c>throttled</c> for the password, <c>certificate USER</c> and <c>certificate unavailable</c>.
/// What is not mentioned is accepted, save passwords and VRFY.
/// </summary>
internal sealed partial class ScriptedPolicy
{
    /// <summary>Our half of the nonce in the example of RFC 7677 §3.</summary>
    public const string Nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

    /// <summary>The data of the channel, as far as a transcript has one.</summary>
    public static ImmutableArray<byte> Channel { get; } = [.. "certificate hash"u8];

    private const int Iterations = 4096;

    private static readonly byte[] Salt = Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==");

    private readonly Dictionary<string, EnvelopeAnswer> _answers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _passwords = new(StringComparer.Ordinal);

    private readonly string? _holder;

    public ScriptedPolicy(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            if (line.Split(' ') is ["password", var user, var password]) _passwords.Add(user, password);
            else if (line.Split(' ') is ["certificate", var holder]) _holder = holder;
            else if (AnswerLine().Match(line) is { Success: true } m) _answers.Add(m.Groups["subject"].Value, Answer(m));
            else throw new InvalidDataException($"not a line of policy: \"{line}\"");
        }
    }

    public EnvelopeAnswer Sender(string path) => Find($"mail <{path}>", new SmtpReply(250, "2.1.0", "sender ok"));

    public EnvelopeAnswer Recipient(string path) => Find($"rcpt <{path}>", new SmtpReply(250, "2.1.5", "recipient ok"));

    public SmtpReply Verification(string address) => Find($"vrfy <{address}>", new SmtpReply(550, "5.1.1", "unknown")).Reply;

    /// <summary>Null: the client is admitted.</summary>
    public EnvelopeAnswer? Client(string address) => _answers.GetValueOrDefault($"client <{address}>");

    public EnvelopeAnswer Content() => Find("content", new SmtpReply(250, "2.0.0", "queued"));

    public AuthenticationOutcome Password(string user, string password) => _passwords.GetValueOrDefault(user) switch
    {
        "unavailable" => AuthenticationOutcome.Unavailable,
        { } right when right == password => AuthenticationOutcome.Accepted,
        _ => AuthenticationOutcome.Rejected,
    };

    /// <summary>Made with the salt and the cost of RFC 7677 §3; null where it cannot be looked up.</summary>
    public ScramVerifier? Verifier(string user) => _passwords.GetValueOrDefault(user) switch
    {
        "unavailable" => null,
        "throttled" => ScramVerifier.Create("pencil", Salt, Iterations),
        { } password => ScramVerifier.Create(password, Salt, Iterations),
        _ => ScramVerifier.Decoy(user, [], Iterations),
    };

    /// <summary>A right proof is refused all the same when the client failed too often.</summary>
    public AuthenticationOutcome Proof(string user, bool isProved) =>
        isProved && _passwords.GetValueOrDefault(user) != "throttled" ? AuthenticationOutcome.Accepted : AuthenticationOutcome.Rejected;

    public AuthenticationOutcome Certificate(string identity) => _holder switch
    {
        "unavailable" => AuthenticationOutcome.Unavailable,
        { } holder when identity.Length == 0 || identity == holder => AuthenticationOutcome.Accepted,
        _ => AuthenticationOutcome.Rejected,
    };

    private EnvelopeAnswer Find(string subject, SmtpReply otherwise) => _answers.GetValueOrDefault(subject) ?? new EnvelopeAnswer(otherwise);

    private static EnvelopeAnswer Answer(Match m) => new(
        new SmtpReply(Number(m.Groups["code"]), m.Groups["enhanced"].Value, m.Groups["text"].Value),
        TimeSpan.FromMilliseconds(m.Groups["delay"].Success ? Number(m.Groups["delay"]) : 0),
        m.Groups["later"].Success);

    private static int Number(Group group) => int.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<subject>content|(mail|rcpt|vrfy|client) <<?[^>]*>?>) (?<code>\d{3}) (?<enhanced>\d\.\d+\.\d+) (?<text>.*?)( delay (?<delay>\d+)ms(?<later> later)?)?$", RegexOptions.ExplicitCapture)]
    private static partial Regex AnswerLine();
}
