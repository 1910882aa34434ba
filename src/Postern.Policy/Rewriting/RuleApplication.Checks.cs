using Postern.Policy.Channels;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Rewriting;

/// <content>Tests of channels and domains, pending until their field ends.</content>
internal sealed partial class RuleApplication
{
    private const string Reprocessing = "an internal reprocessing channel";

    private ChannelList _source;
    private ChannelList _destination;
    private string? _domainFailed;
    private bool _domainUnknown;

    /// <summary><c>norules</c> switches the tests of its channel off; a destination that is not known yet is not tested.</summary>
    private string? Await(TemplateStep.ChannelTest test)
    {
        string name = Reprocessing;
        if (test.Name is { } argument && Argument(argument, Question.Plain, out name) is { } failed) return failed;
        name = name.Trim();
        if (test.Source)
        {
            bool meets = test.Name is null ? walk.Context.Reprocessing : Names(name, walk.Context.SourceChannel);
            if (walk.HasRules(walk.Context.SourceChannel)) _source.Add(name, test.Wanted, meets);
        }
        else if (walk.Context is { IsRecipient: false, DestinationChannel: { } destination } && walk.HasRules(destination))
        {
            _destination.Add(name, test.Wanted, Names(name, destination));
        }

        return null;
    }

    private string? Await(TemplateStep.LocalDomainTest test)
    {
        if (Argument(test.Domain, Question.Plain, out string domain) is { } failed) return failed;
        bool? isLocal = HostText.Parse(domain) is MailDomain.Name name ? walk.IsLocalDomain(name.Key) : false;
        if (isLocal is null && walk.Inquiry.Pending is not null) return Unknown($"whether \"{domain}\" is a domain of the directory must be asked first");
        if (isLocal is null) _domainUnknown = true;
        else if (isLocal != test.Wanted) _domainFailed ??= $"{(test.Wanted ? "$V" : "$Z")}, and \"{domain}\" is {(test.Wanted ? "no" : "a")} local domain";
        return null;
    }

    private string? CheckPending() => CheckChannels() ?? CheckDomains();

    private string? CheckChannels()
    {
        ChannelList source = _source, destination = _destination;
        _source = _destination = default;
        return source.Fault("$M", "$N", "source") ?? destination.Fault("$Q", "$C", "destination");
    }

    private string? CheckDomains()
    {
        string? failed = _domainFailed;
        _domainFailed = null;
        return failed;
    }

    /// <summary>
    /// The directory cannot be asked: user and host stay as far as they are known, and <c>domain_failure</c> says where mail for
    /// them goes meanwhile (Technical Reference, "Domain_failure MTA option").
    /// </summary>
    private string? TakeDomainFailure()
    {
        _domainUnknown = false;
        string toUser = _fields[0].Length > 0 ? _fields[0].ToString() : user;
        string toHost = _fields.Count > 1 && _fields[1].Length > 0 ? _fields[1].ToString() : host.Text;
        _fields.Clear();
        _fields.AddRange([new TemplateField(toUser), new TemplateField(toHost), new TemplateField()]);
        _separators = "%@";
        _directoryFailed = true;
        string? failed = Run(walk.DomainFailure.Steps) ?? (_cut ? null : CheckPending());
        _cut = true;
        if (!_domainUnknown) return failed;
        _domainUnknown = false;
        return "domain_failure asks for a domain of the directory itself";
    }

    private static bool Names(string name, ChannelName channel) => name.Equals(channel.ToString(), StringComparison.OrdinalIgnoreCase);

    /// <summary>Of several <c>$M</c> (or <c>$Q</c>) any one is enough; of several <c>$N</c> (or <c>$C</c>) any match fails.</summary>
    private struct ChannelList
    {
        private string? _wanted;
        private string? _excluded;
        private bool _met;

        public void Add(string name, bool wanted, bool meets)
        {
            if (wanted)
            {
                _wanted = _wanted is null ? $"\"{name}\"" : $"{_wanted} or \"{name}\"";
                _met |= meets;
            }
            else if (meets)
            {
                _excluded ??= name;
            }
        }

        public readonly string? Fault(string wanted, string excluded, string whose)
        {
            if (_excluded is not null) return $"{excluded}, and the {whose} channel is \"{_excluded}\"";
            return _wanted is null || _met ? null : $"{wanted}, and the {whose} channel is not {_wanted}";
        }
    }
}
