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
        Command command = new("show", "show a queued message with all its recipients") { id };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
            string text = parsed.GetValue(id)!;
            if (!QueueId.TryParse(text, out QueueId wanted))
            {
                parsed.InvocationConfiguration.Error.WriteLine($"\"{text}\" is no queue id");
                return ExitCode.Error;
            }

            if (await FindAsync(new DataDirectory(options.Directory(parsed), snapshot).Queue, wanted, cancellation) is not { } message)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"no message {wanted} is queued");
                return ExitCode.No;
            }

            if (parsed.GetValue(options.Json)) JsonOutput.Write(parsed.InvocationConfiguration.Output, json => QueueJson.WriteMessage(json, message));
            else Print(parsed.InvocationConfiguration.Output, message);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<QueuedMessage?> FindAsync(string directory, QueueId id, CancellationToken cancellation)
    {
        if (!SqliteQueueStore.Exists(directory)) return null;
        await using IQueueView queue = SqliteQueueStore.OpenReadOnly(directory);
        return await queue.FindAsync(id, cancellation);
    }

    private static void Print(TextWriter output, QueuedMessage message)
    {
        Envelope envelope = message.Envelope;
        output.WriteLine($"id          {envelope.Id}");
        output.WriteLine($"from        {Path(envelope.ReversePath)}");
        output.WriteLine($"received    {Time(envelope.Received)} by channel {envelope.SourceChannel}{(envelope.AuthenticatedUser is null ? "" : $", user {envelope.AuthenticatedUser}")}");
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
            }
        }
    }

    private static string Path(string address) => address.Length == 0 ? "<>" : address;

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
