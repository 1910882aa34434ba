using System.Net;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Pipe;

/// <summary>
/// The channel <c>pipe</c>: gives mail to programs that the administrator registered (programs.cnf). An address names one and
/// hands it a user; it cannot say what runs or how.
/// </summary>
public sealed class PipeDelivery(TimeProvider time) : IDeliveryAgent
{
    private const string SearchPath = "/usr/local/bin:/usr/bin:/bin";

    private static readonly EnhancedCode NotConfigured = new(4, 3, 5);
    private static readonly EnhancedCode ProgramTrouble = new(4, 3, 0);

    public async Task<RecipientOutcome> DeliverAsync(
        DeliveryAttempt attempt, QueuedRecipient recipient, string localPart, ReadOnlyMemory<byte> trace, CancellationToken cancellationToken)
    {
        PipeAddress address = PipeAddress.Of(localPart);
        ProgramDefinition? program = attempt.Snapshot.Programs.FirstOrDefault(p => p.Name.Equals(address.Method, StringComparison.OrdinalIgnoreCase));

        // A fault of the configuration, not of the sender: the mail waits until it is mended.
        if (program is null) return Deferred(NotConfigured, $"no program \"{PrintableText.Of(address.Method)}\" is registered");
        ProgramResult result = await ProgramRun.RunAsync(
            program,
            program.Arguments.Select(a => Expand(a, address.User)),
            await EnvironmentAsync(attempt, recipient, address, cancellationToken),
            async (input, ct) =>
            {
                await UnixLines.CopyAsync(new MemoryStream(trace.ToArray(), writable: false), input, quoteFrom: false, ct);
                await using Stream message = await attempt.OpenMessage(ct);
                await UnixLines.CopyAsync(message, input, quoteFrom: false, ct);
            },
            time,
            cancellationToken);
        return result switch
        {
            ProgramResult.NotStarted none => Deferred(NotConfigured, $"{program.Name} cannot be started: {none.Reason}"),
            ProgramResult.TimedOut late => Deferred(ProgramTrouble, Words(program, "took too long", late.Output)),
            ProgramResult.Exited { Code: var code, Output: var output } => ExitStatus.Of(code) is { } status
                ? RecipientOutcome.Of(new DeliveryFault(DeliveryPhase.Store, status, Words(program, $"ended with {code}", output)))
                : new RecipientOutcome.Delivered(Words(program, "took the message", output)),
            _ => throw new InvalidOperationException($"unknown result {result.GetType().Name}"),
        };
    }

    private static string Expand(string argument, string user) =>
        string.Join('%', argument.Split("%%").Select(part => part.Replace("%s", user, StringComparison.Ordinal)));

    private static async Task<IEnumerable<KeyValuePair<string, string>>> EnvironmentAsync(
        DeliveryAttempt attempt, QueuedRecipient recipient, PipeAddress address, CancellationToken cancellationToken)
    {
        HeaderFields header;
        await using (Stream message = await attempt.OpenMessage(cancellationToken)) header = await HeaderFields.ReadAsync(message, cancellationToken);
        string original = OriginalRecipientText.AddressOf(recipient.OriginalRecipient ?? recipient.Address);
        int at = original.LastIndexOf('@');
        return new Dictionary<string, string>
        {
            ["SENDER"] = attempt.Copy.ReversePath,
            ["RECIPIENT"] = recipient.Address,
            ["ORIGINAL_RECIPIENT"] = original,
            ["USER"] = address.User,
            ["EXTENSION"] = address.Extension,
            ["DOMAIN"] = at < 0 ? attempt.Snapshot.DefaultDomain : original[(at + 1)..],
            ["CLIENT_IP"] = Client(attempt.Copy.Envelope.PortInformation),
            ["MESSAGE_ID"] = header.Values("Message-ID").FirstOrDefault() ?? "",
            ["QUEUE_ID"] = attempt.Copy.Envelope.Id.ToString(),
            ["PATH"] = SearchPath,
            ["LANG"] = "C",
        }.Select(v => KeyValuePair.Create(v.Key, PrintableText.Of(v.Value)));
    }

    private static string Client(string portInformation) =>
        portInformation.Split('|') is ["TCP", _, _, var client, _] && IPAddress.TryParse(client, out _) ? client : "";

    private static string Words(ProgramDefinition program, string what, string output)
    {
        string said = PrintableText.Of(output.ReplaceLineEndings(" ").Trim());
        return said.Length == 0 ? $"{program.Name} {what}" : $"{program.Name} {what}: {said}";
    }

    private static RecipientOutcome.Deferred Deferred(EnhancedCode status, string text) =>
        new(new DeliveryFault(DeliveryPhase.Store, status, text), HostFault: false);
}
