using System.CommandLine;
using System.Text.Json;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Rewriting;
using Postern.Server.Callouts;
using Postern.Smtp.Addresses;

namespace Postern.Cli.Commands;

/// <summary><c>postern test rewrite</c>: what the rewrite rules make of an address, and which channel they lead to.</summary>
internal static class TestRewriteCommand
{
    public static Command Build(GlobalOptions options)
    {
        Argument<string> address = new("ADDRESS") { Description = "an envelope address, with or without angle brackets" };
        Option<string> channel = new("--source-channel") { Description = "the channel the mail comes from", HelpName = "C", DefaultValueFactory = _ => "tcp_local" };
        Option<bool> sender = new("--sender") { Description = "rewrite as a sender, not as a recipient" };
        Command command = new("rewrite", "rewrite an address and find its channel") { address, channel, sender };
        CalloutOptions callouts = new();
        callouts.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (options.LoadPolicy(parsed) is not { } policy || callouts.Loop(parsed, policy.Snapshot) is not { } loop) return ExitCode.Error;
            string given = parsed.GetValue(address)!;
            string text = given is ['<', .., '>'] ? given[1..^1] : given;
            ChannelName source = new(parsed.GetValue(channel)!);
            if (policy.Snapshot.Channels.FindByName(source) is null)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"there is no channel \"{source}\"");
                return ExitCode.Error;
            }

            Told told = AddressParser.Parse(text, smtpUtf8: false) switch
            {
                AddressParse.Parsed { Mailbox: var mailbox } =>
                    Read(await loop.AskAsync(
                        answers => policy.Rewriter.Rewrite(mailbox, new RewriteContext(source, Envelope: true, Forward: !parsed.GetValue(sender)), answers),
                        static result => (result as RewriteResult.Failure)?.Pending,
                        cancellationToken)),
                AddressParse.Invalid invalid => new Told(null, null, null, [], $"\"{text}\" is no address: {invalid.Reason}"),
                _ => throw new InvalidOperationException("unknown parse"),
            };
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(options.Json)) JsonOutput.Write(output, json => Write(json, given, told));
            else Print(output, given, told);
            if (told.Needed) return ExitCode.Unknown;
            return told.Error is null ? ExitCode.Done : ExitCode.No;
        });
        return command;
    }

    private static Told Read(RewriteResult result)
    {
        ExplanationStep.Rule[] rules = [.. result.Steps.OfType<ExplanationStep.Rewrite>().SelectMany(s => s.Rules)];
        return result switch
        {
            RewriteResult.Failure { Pending: { } c } => new Told(null, null, null, rules, $"needs the answer of a callout: {GivenAnswers.Question(c)}") { Needed = true },
            RewriteResult.Success s => new Told(s.Address.ToString(), s.Channel.Name.ToString(), s.Host, rules, null),
            RewriteResult.Failure f => new Told(null, null, null, rules, $"{f.Status} {f.Text}"),
            _ => throw new InvalidOperationException("unknown result"),
        };
    }

    private static void Write(Utf8JsonWriter json, string input, Told told)
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
            json.WriteString("result"u8, rule.Result);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("error"u8, told.Error);
        json.WriteEndObject();
    }

    private static void Print(TextWriter output, string input, Told told)
    {
        output.WriteLine($"input       {input}");
        foreach (ExplanationStep.Rule rule in told.Rules) output.WriteLine($"rule        {rule.Position}  {rule.Text}  -> {rule.Result}");
        if (told.Error is not null)
        {
            output.WriteLine($"error       {told.Error}");
            return;
        }

        output.WriteLine($"address     {told.Address}");
        output.WriteLine($"channel     {told.Channel}");
        output.WriteLine($"host        {told.Host}");
    }

    private sealed record Told(string? Address, string? Channel, string? Host, IReadOnlyList<ExplanationStep.Rule> Rules, string? Error)
    {
        /// <summary>A callout has no answer.</summary>
        public bool Needed { get; init; }
    }
}
