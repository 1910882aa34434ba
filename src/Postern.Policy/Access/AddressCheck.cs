using System.Net;
using Postern.Policy.Callouts;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;

namespace Postern.Policy.Access;

/// <summary>IP_ACCESS: asked before each outgoing connection (Administration Guide 6.3, 18.3.5).</summary>
/// <remarks>INVARIANT: a table that cannot answer, or whose <c>$A</c> is no address, connects to nothing.</remarks>
internal sealed class AddressCheck(ConfigurationSnapshot snapshot, AccessTables tables)
{
    private readonly ProbeField _field = new(snapshot.Options.MappingParanoia);

    /// <param name="channel">the one that delivers.</param>
    /// <param name="number">of the address among the host's, from 1.</param>
    /// <param name="host">the name the address was found by.</param>
    public AddressAnswer Decide(ChannelName channel, int number, int count, IPAddress address, string host, Inquiry inquiry)
    {
        if (tables.Ask(AccessTables.Address, $"{channel}|{number}|{count}|{address}|{_field.Of(host)}", default, inquiry) is not { } asked)
            return new AddressAnswer(Verdict.Accept, address, "", Explanation.Empty);
        (string output, var flags) = asked.Output;
        bool rejects = flags.Has('N') || flags.Has('F');
        IPAddress? other = null;
        string? fault = asked.Fault ?? (flags.Has('A') && !rejects && !IPAddress.TryParse(output.Trim(), out other) ? $"$A \"{output}\" is no address" : null);
        Verdict verdict = fault is not null || (flags.Has('I') && !rejects) ? Verdict.Defer : rejects ? Verdict.Reject : Verdict.Accept;
        Explanation explanation = Explanation.Empty.Add(asked.Steps(decides: verdict != Verdict.Accept || other is not null));
        return new AddressAnswer(verdict, other ?? address, fault ?? output, explanation);
    }
}
