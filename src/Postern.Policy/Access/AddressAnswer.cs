using System.Net;
using Postern.Mapping.Evaluation;

namespace Postern.Policy.Access;

/// <summary>What IP_ACCESS says of an address that mail is about to be sent to.</summary>
/// <param name="Verdict">accept: connect; reject: the host is not to get the message; defer: not to this address, not now.</param>
/// <param name="Address">where to connect; another one than was asked about after <c>$A</c>.</param>
/// <param name="Text">why not, for the log only.</param>
public sealed record AddressAnswer(Verdict Verdict, IPAddress Address, string Text, Explanation Explanation)
{
    /// <summary>What has to be answered first; until then nothing is connected to. Null: nothing has.</summary>
    public Callout? Pending { get; init; }
}
