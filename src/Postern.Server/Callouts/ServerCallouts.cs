using Postern.Mapping.Evaluation;
using Postern.Policy.Callouts;

namespace Postern.Server.Callouts;

/// <summary>The answers of a running server, by kind and name. Each routine of <see cref="CalloutRoutines"/> has its line here.</summary>
/// <param name="throttles">null: what counts is left open, for commands that must not change anything.</param>
/// <param name="directory">answers searches, LDAP URLs and attributes of domains; null: there is no directory.</param>
/// <param name="greylist">null: left open too.</param>
public sealed class ServerCallouts(DnsRoutines dns, ThrottleTables? throttles, ICalloutResponder? directory = null, Greylist? greylist = null) : ICalloutResponder
{
    public async ValueTask<CalloutAnswer?> AnswerAsync(Callout callout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(callout);
        return callout switch
        {
            { Kind: CalloutKind.Routine, Name: CalloutRoutines.DnsVerify } => await dns.VerifyAsync(callout.Argument, cancellationToken),
            {
                Kind: CalloutKind.Routine,
                Name: CalloutRoutines.DnsVerifyDomain or CalloutRoutines.DnsVerifyDomainPort or CalloutRoutines.DnsVerifyDomainWarn,
            }
            => await dns.AskListAsync(callout.Name, callout.Argument, cancellationToken),
            { Kind: CalloutKind.Routine, Name: CalloutRoutines.Throttle } => throttles is null ? null : await throttles.CountAsync(callout.Argument, cancellationToken),
            { Kind: CalloutKind.Routine, Name: CalloutRoutines.Greylist } => greylist is null ? null : await greylist.AskAsync(callout.Argument, cancellationToken),
            { Kind: CalloutKind.Url or CalloutKind.DomainAttribute or CalloutKind.Directory } when directory is not null => await directory.AnswerAsync(callout, cancellationToken),
            _ => new CalloutAnswer.Unavailable(),
        };
    }
}
