using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Policy.Access;

/// <summary>
/// RFC 6409 §4.2: no domain without a dot leaves a submission channel. A user's program that knows only the near name of a host is told so,
/// where rewrite rules do not complete it.
/// </summary>
internal static class Qualification
{
    public static readonly EnhancedCode OfSender = new(5, 1, 8);
    public static readonly EnhancedCode OfRecipient = new(5, 1, 2);

    private const string Text = "domain is not fully qualified";

    /// <returns>null: the address may go on.</returns>
    /// <param name="given">as the client named it; one without a domain is ours to complete.</param>
    /// <param name="rewritten">as rules left it.</param>
    public static string? Refusal(ConfigurationSnapshot snapshot, SessionFacts facts, Mailbox given, Mailbox rewritten)
    {
        if (snapshot.Channels.FindByName(facts.Source.Initial) is not { Submit: true } && snapshot.Channels.FindByName(facts.Source.Current) is not { Submit: true }) return null;
        if (given.Domain is not MailDomain.Name || rewritten.Domain is not MailDomain.Name { Key: var key } || key.Contains('.', StringComparison.Ordinal)) return null;

        // A host of the channel table is one of ours, whatever its name.
        return snapshot.Channels.FindByHost(key) is null ? Text : null;
    }
}
