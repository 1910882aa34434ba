using Postern.Policy.Access;
using Xunit;

namespace Postern.Policy.Tests.Access;

/// <summary>The answers that the conformance tables name by one word.</summary>
internal static class ExpectedAnswer
{
    /// <param name="given">the RCPT address as the client wrote it.</param>
    public static void Check(string answer, Decision? decision, string given, string where)
    {
        if (answer == "501")
        {
            Assert.True(decision is null, $"{where}: {given} was read as an address");
            return;
        }

        Assert.True(decision is not null, $"{where}: {given} is no address");
        (Verdict verdict, string reply) = answer switch
        {
            "250" => (Verdict.Accept, "250 2.1.5 recipient ok"),
            "relaying" => (Verdict.Reject, $"550 5.7.1 Relaying not permitted: {given}"),
            "unknown" => (Verdict.Reject, $"550 5.7.1 unknown host or domain: {given}"),
            "routing" => (Verdict.Reject, $"550 5.7.1 Explicit routing not allowed: {given}"),
            "550-5.1.1" => (Verdict.Reject, $"550 5.1.1 unknown or illegal alias: {given}"),
            _ => throw new InvalidDataException($"{where}: no answer is called \"{answer}\""),
        };
        Assert.True(reply == decision.Reply.ToString(), $"{where}: expected \"{reply}\", got \"{decision.Reply}\"\n{string.Join('\n', decision.Explanation.Steps)}");
        Assert.Equal(verdict, decision.Verdict);
        Assert.Equal(answer == "routing" ? TimeSpan.FromMilliseconds(300) : TimeSpan.Zero, decision.Delay);
        Assert.Equal(answer == "routing", decision.DelayLater);
    }
}
