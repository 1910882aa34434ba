using System.Collections.Immutable;
using Postern.Mapping.Tables;

namespace Postern.Policy.Callouts;

/// <summary>
/// The one table of routines (Messaging Server Technical Reference Wiki, "Dns_verify callouts"; Administration Guide 6.3, 19.2). A routine
/// is declared here, so that loading knows its name and argument, and answered by the server.
/// </summary>
public static class CalloutRoutines
{
    public const string DnsVerify = "dns_verify";
    public const string DnsVerifyDomain = "dns_verify_domain";
    public const string DnsVerifyDomainPort = "dns_verify_domain_port";
    public const string DnsVerifyDomainWarn = "dns_verify_domain_warn";
    public const string Throttle = "throttle";
    public const string Greylist = "greylist";

    public static ImmutableArray<CalloutRoutine> All { get; } =
    [
        new(DnsVerify, "name|text if found|text if not", '|', 3),
        new(DnsVerifyDomain, "address,list", ',', 2, SilenceIsNo: true),
        new(DnsVerifyDomainPort, "address,list", ',', 2, SilenceIsNo: true),
        new(DnsVerifyDomainWarn, "address,list", ',', 2, SilenceIsNo: true),
        new(Throttle, "table,key", ',', 2),
        new(Greylist, "client|from|to", '|', 3),
    ];

    /// <summary>The routine of that name, compared case-blind, or null.</summary>
    public static CalloutRoutine? Find(string name) => All.FirstOrDefault(r => r.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Makes the routines known to the mapping language.</summary>
    public static MappingOptions Register(MappingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options with
        {
            Routines = options.Routines.Union(All.Select(r => r.Name)),
            SilentRoutines = options.SilentRoutines.Union(All.Where(r => r.SilenceIsNo).Select(r => r.Name)),
        };
    }
}
