using System.CommandLine;
using System.Globalization;
using Postern.Queue;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary><c>postern queue show</c>: one message with all its copies and recipients.</summary>
internal static class QueueShowCommand
{
    public static Command Build(GlobalOptions options)
    {
        Argument<string> id = new("ID") { Description = "the id of the 250 reply and of queue list" };
        Option<bool> headers = new("--headers") { Description = "the header of the content as well" };
        Option<bool> body = new("--body") { Description = "the whole content as well" };
        Option<bool> history = new("--history") { Description = "the attempts that did not succeed as well" };
        Command command = new("show", "show a queued message with all its recipients") { id, headers, body, history };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
            string text = parsed.GetValue(id)!;
            if (!QueueId.TryParse(text, out QueueId wanted))
            {
                parsed.InvocationConfiguration.Error.WriteLine($"\"{text}\" is no queue id");
                return ExitCode.Error;
            }

            await using IQueueView? queue = new QueueAccess(options.Directory(parsed), snapshot).OpenView();
            if (queue is null || await queue.FindAsync(wanted, cancellation) is not { } message)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"no message {wanted} is queued");
                return ExitCode.No;
            }

            TextWriter output = parsed.InvocationConfiguration.Output;
            ILookup<RecipientKey, PastAttempt> past = (parsed.GetValue(history) ? await queue.HistoryAsync(wanted, cancellation) : []).ToLookup(a => a.Key);
            if (parsed.GetValue(options.Json))
            {
                JsonOutput.Write(output, json => QueueJson.WriteMessage(json, message, parsed.GetValue(history) ? past : null));
                return ExitCode.Done;
            }

            Print(output, message, past);
            if (parsed.GetValue(headers) || parsed.GetValue(body)) await PrintContentAsync(output, queue, wanted, headerOnly: !parsed.GetValue(body), cancellation);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Line by line, so that a large message is never whole in memory.</summary>
    private static async Task PrintContentAsync(TextWriter output, IQueueView queue, QueueId id, bool headerOnly, CancellationToken cancellation)
    {
        await using Stream content = await queue.OpenContentAsync(id, cancellation);
        using StreamReader reader = new(content);
        output.WriteLine();
        while (await reader.ReadLineAsync(cancellation) is { } line && !(headerOnly && line.Length == 0)) output.WriteLine(Printable(line));
    }

    /// <summary>Content is a stranger's: it must not steer the terminal.</summary>
    private static string Printable(string line) => string.Create(line.Length, line, static (shown, text) =>
    {
        for (int i = 0; i < text.Length; i++) shown[i] = char.IsControl(text[i]) && text[i] != '\t' ? '?' : text[i];
    });

    private static void Print(TextWriter output, QueuedMessage message, ILookup<RecipientKey, PastAttempt> past)
    {
        Envelope envelope = message.Envelope;
        output.WriteLine($"id          {envelope.Id}");
        output.WriteLine($"from        {Path(envelope.ReversePath)}");
        output.WriteLine($"received    {Time(envelope.Received)} by channel {envelope.SourceChannel}{(envelope.AuthenticatedUser is null ? "" : $", user {envelope.AuthenticatedUser}")}");
        output.WriteLine($"priority    {QueueJson.Name(envelope.Priority)}");
        if (envelope.EnvelopeId is not null) output.WriteLine($"envid       {envelope.EnvelopeId}");
        if (QueueJson.Name(envelope.Return) is { } ret) output.WriteLine($"ret         {ret}");
        if (envelope.PortInformation.Length > 0) output.WriteLine($"client      {envelope.PortInformation} {envelope.ApplicationInformation}");
        if (envelope.ParentId is not null) output.WriteLine($"made from   {envelope.ParentId}");
        output.WriteLine($"size        {message.Size}");
        foreach (QueuedCopy copy in message.Copies)
        {
            output.WriteLine($"copy        channel {copy.Channel}, from {Path(copy.ReversePath)}");
            foreach (QueuedRecipient recipient in copy.Recipients)
            {
                string next = recipient.State == RecipientState.Queued ? $", next {Time(recipient.Next)}" : "";
                output.WriteLine($"  to        {recipient.Address}  {QueueJson.Name(recipient.State)}, host {recipient.Host}, attempts {recipient.Attempts}{next}");
                if (recipient.HoldReason is not null) output.WriteLine($"            held: {recipient.HoldReason}");
                if (recipient.LastReply is not null) output.WriteLine($"            {recipient.LastReply}");
                foreach (PastAttempt attempt in past[new RecipientKey(copy.CopyId, recipient.Number)]) output.WriteLine($"            {Time(attempt.Time)}  {attempt.Reply}");
            }
        }
    }

    private static string Path(string address) => address.Length == 0 ? "<>" : address;

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
