using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Postern.Mapping.Evaluation;
using Postern.Policy.Configuration;
using Postern.Server.Callouts;
using Postern.Server.Dns;
using Postern.Server.Ldap;

namespace Postern.Cli;

/// <summary>
/// How a command that tries a configuration gets the answers of callouts: from the command line, and with <c>--live</c> from the DNS and the directory. What
/// counts is never asked. Without an answer the command says what it needs.
/// </summary>
internal sealed class CalloutOptions
{
    private readonly Option<string[]> _answers = new("--answer")
    {
        Description = "the answer of a callout: \"name,argument => yes TEXT\", or yes, no, unavailable; without an argument for all of that name",
        HelpName = "CALLOUT",
    };

    private readonly Option<bool> _live = new("--live") { Description = "look up in the DNS and the directory what no --answer says; throttling tables are never asked" };

    public void AddTo(Command command)
    {
        command.Options.Add(_answers);
        command.Options.Add(_live);
    }

    /// <summary>Null after a message when an answer cannot be read.</summary>
    public CalloutLoop? Loop(ParseResult parsed, ConfigurationSnapshot snapshot)
    {
        List<KeyValuePair<string, CalloutAnswer>> answers = [];
        foreach (string text in parsed.GetValue(_answers) ?? [])
        {
            if (GivenAnswers.TryParse(text, out KeyValuePair<string, CalloutAnswer>? answer))
            {
                answers.Add(answer.Value);
                continue;
            }

            parsed.InvocationConfiguration.Error.WriteLine($"\"{text}\" is not of the form \"name,argument => yes TEXT\"");
            return null;
        }

        ICalloutResponder? live = parsed.GetValue(_live)
            ? new ServerCallouts(new DnsRoutines(new DnsClientLookup([])), throttles: null, new DirectoryService(() => snapshot, TimeProvider.System, NullLogger.Instance))
            : null;
        return new CalloutLoop(new GivenAnswers(answers, live), TimeProvider.System);
    }
}
