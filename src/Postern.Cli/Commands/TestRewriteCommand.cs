using System.CommandLine;
using System.Net;
using System.Text.Json;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Server.Callouts;
using Postern.Smtp.Addresses;

namespace Postern.Cli.Commands;

/// <summary><c>postern test rewrite</c>: what the rewrite rules make of an address, and which channel they lead to.</summary>
internal static class TestRewriteCommand
{
    public static Command Build(GlobalOptions options)
    {
        Argument<string> address = new("ADDRESS") { Description = "an address, with or without angle brackets" };
        Option<string> channel = new("--source-channel") { Description = "the channel the mail comes from", HelpName = "C", DefaultValueFactory = _ => "tcp_local" };
        Option<string?> destination = new("--destination-channel") { Description = "the channel the mail goes to, for an address of a header or a sender", HelpName = "C" };
        Option<bool> sender = new("--sender", "--backward") { Description = "rewrite as a sender, not as a recipient" };
        Option<bool> header = new("--header") { Description = "rewrite as an address of a header field, not of the envelope" };
        Option<bool> reprocessing = new("--reprocessing") { Description = "the mail is handed back by a channel of the MTA itself" };
        Option<string?> clientHost = new("--client-host") { Description = "the name the client gave itself, which completes bare senders with remotehost", HelpName = "NAME" };
        Command command = new("rewrite", "rewrite an address and find its channel") { address, channel, destination, sender, header, reprocessing, clientHost };
        Option<string> from = new("--from") { Description = "who writes, for lists that ask", HelpName = "A", DefaultValueFactory = _ => "sender@client.invalid" };
        command.Options.Add(from);
        CalloutOptions callouts = new();
        callouts.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (options.LoadPolicy(parsed) is not { } policy || callouts.Loop(parsed, policy.Snapshot) is not { } loop) return ExitCode.Error;
            string given = parsed.GetValue(address)!;
            string text = given is ['<', .., '>'] ? given[1..^1] : given;
            if ((Unknown(policy.Snapshot, parsed.GetValue(channel)) ?? Unknown(policy.Snapshot, parsed.GetValue(destination))) is { } unknown)
            {
                parsed.InvocationConfiguration.Error.WriteLine(unknown);
                return ExitCode.Error;
            }

            RewriteContext context = new(
                new ChannelName(parsed.GetValue(channel)!),
                Envelope: !parsed.GetValue(header),
                Forward: !parsed.GetValue(sender),
                parsed.GetValue(destination) is { } to ? new ChannelName(to) : null,
                parsed.GetValue(reprocessing))
            {
                ClientHost = parsed.GetValue(clientHost),
            };
            RewriteResult? result = null;
            Told told = AddressParser.Parse(text, smtpUtf8: true) switch
            {
                AddressParse.Parsed { Mailbox: var mailbox } => Read(result = await loop.AskAsync(
                    answers => policy.Rewriter.Rewrite(mailbox, context, answers), static rewritten => (rewritten as RewriteResult.Failure)?.Pending, cancellationToken)),
                AddressParse.Invalid invalid => new Told(null, null, null, [], $"\"{text}\" is no address: {invalid.Reason}"),
                _ => throw new InvalidOperationException("unknown parse"),
            };
            Decision? expanded = result is RewriteResult.Success named && context is { Envelope: true, Forward: true }
                ? await loop.DecideAsync(answers => policy.Expand(Session(context.SourceChannel), parsed.GetValue(from)!.Trim('<', '>'), named, context, answers), cancellationToken)
                : null;
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(options.Json)) JsonOutput.Write(output, json => Write(json, given, told, expanded));
            else Print(output, given, told);
            if (expanded is not null && !parsed.GetValue(options.Json)) ExpansionOutput.Print(output, expanded);
            return told.CannotTell || expanded?.Pending is not null ? ExitCode.Unknown : told.Error is null ? ExitCode.Done : ExitCode.No;
        });
        return command;
    }

    /// <summary>A session of nobody in particular.</summary>
    private static SessionFacts Session(ChannelName channel)
    {
        ClientConnection connection = new(IPAddress.Loopback, 49152, IPAddress.Loopback, 25, "smtp");
        return new SessionFacts(connection, new SourceChannel(channel, channel, SourceChannelReason.Listener, "given"), "client.invalid", Extended: true);
    }

    private static string? Unknown(ConfigurationSnapshot snapshot, string? channel) =>
        channel is null || snapshot.Channels.FindByName(new ChannelName(channel)) is not null ? null : $"there is no channel \"{channel}\"";

    private static Told Read(RewriteResult result) => result switch
    {
        RewriteResult.Success s => new Told(s.Address.ToString(), s.Channel.Name.ToString(), s.Host, s.Steps, null),
        RewriteResult.Failure { Pending: { } callout } f => new Told(null, null, null, f.Steps, $"needs the answer of a callout: {GivenAnswers.Question(callout)}", CannotTell: true),
        RewriteResult.Failure f => new Told(null, null, null, f.Steps, $"{f.Status} {f.Text}", f.IsTransient),
        _ => throw new InvalidOperationException("unknown result"),
    };

    private static void Write(Utf8JsonWriter json, string input, Told told, Decision? expanded)
    {
        json.WriteStartObject();
        json.WriteString("schema"u8, "postern/test.rewrite/1"u8);
        json.WriteString("input"u8, input);
        json.WriteString("address"u8, told.Address);
        json.WriteString("channel"u8, told.Channel);
        json.WriteString("host"u8, told.Host);
        json.WriteStartArray("rules"u8);
        foreach (ExplanationStep.Rule rule in told.Rules)
        {
            json.WriteStartObject();
            json.WriteString("file"u8, rule.Position.File);
            json.WriteNumber("line"u8, rule.Position.Line);
            json.WriteString("rule"u8, rule.Text);
            json.WriteString("scanned"u8, rule.Host);
            json.WriteBoolean("applies"u8, rule.Applies);
            json.WriteString("result"u8, rule.Result);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("probes"u8);
        foreach (ExplanationStep.Probe probe in told.Probes)
        {
            json.WriteStartObject();
            json.WriteString("table"u8, probe.Table);
            json.WriteString("input"u8, probe.Input);
            json.WriteBoolean("matched"u8, probe.Matched);
            json.WriteString("output"u8, probe.Output);
            json.WriteString("flags"u8, probe.Flags);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("error"u8, told.Error);
        if (expanded is not null) ExpansionOutput.Write(json, expanded);
        json.WriteEndObject();
    }

    private static void Print(TextWriter output, string input, Told told)
    {
        output.WriteLine($"input       {input}");
        string scanned = "";
        foreach (ExplanationStep.Rule rule in told.Rules)
        {
            if (rule.Host != scanned) output.WriteLine($"scan        {scanned = rule.Host}");
            output.WriteLine($"{(rule.Applies ? "taken " : "passed")}      {rule.Position}  {rule.Text}  -> {rule.Result}");
        }

        foreach (ExplanationStep.Probe probe in told.Probes)
            output.WriteLine($"table       {probe.Table}  {probe.Input}  -> {(probe.Matched ? $"{probe.Flags} {probe.Output}".TrimEnd() : "no match")}");
        foreach (ExplanationStep.Note note in told.Steps.OfType<ExplanationStep.Note>()) output.WriteLine($"note        {note.Text}");
        if (told.Error is not null)
        {
            output.WriteLine($"error       {told.Error}");
            return;
        }

        output.WriteLine($"address     {told.Address}");
        output.WriteLine($"channel     {told.Channel}");
        output.WriteLine($"host        {told.Host}");
    }

    private sealed record Told(string? Address, string? Channel, string? Host, IReadOnlyList<ExplanationStep> Steps, string? Error, bool CannotTell = false)
    {
        public IEnumerable<ExplanationStep.Rule> Rules => Steps.OfType<ExplanationStep.Rewrite>().SelectMany(s => s.Rules);

        public IEnumerable<ExplanationStep.Probe> Probes => Steps.OfType<ExplanationStep.Probe>();
    }
}
