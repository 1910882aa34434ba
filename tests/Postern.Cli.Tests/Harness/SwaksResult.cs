using System.Collections.Immutable;

namespace Postern.Cli.Tests.Harness;

/// <param name="ExitCode">0 when the server took the message.</param>
/// <param name="Replies">every reply line of the server.</param>
public sealed record SwaksResult(int ExitCode, ImmutableArray<string> Replies, string Transcript)
{
    /// <summary>Fails the test with the transcript unless the message was taken.</summary>
    public void IsTaken() => Assert.True(ExitCode == 0, Transcript);

    /// <summary>Fails the test with the transcript unless the server gave a reply that starts like this, and took nothing.</summary>
    public void IsRefused(string reply) =>
        Assert.True(ExitCode != 0 && Replies.Any(r => r.StartsWith(reply, StringComparison.Ordinal)), $"no \"{reply}\" in\n{Transcript}");
}
