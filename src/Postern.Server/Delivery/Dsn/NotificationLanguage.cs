using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Callouts;

namespace Postern.Server.Delivery.Dsn;

/// <summary>Finds the language of a notification: NOTIFICATION_LANGUAGE is asked, and knows what the message says of its sender's languages.</summary>
internal sealed class NotificationLanguage(IQueueStore queue, CalloutLoop callouts, ILogger logger)
{
    private static readonly string[] Fields = ["Accept-Language", "Preferred-Language", "X-Accept-Language"];

    public async ValueTask<NotificationTexts> ChooseAsync(Report report, MailPolicy rules, CancellationToken cancellationToken)
    {
        NotificationTexts common = rules.Snapshot.NotificationTexts[""];
        if (!rules.ChoosesLanguage) return common;
        string types = NotificationText.Types(report.Kind, [.. report.About.Recipients.Select(r => NotificationWriter.Typed(r))]);
        string preferred = await PreferredAsync(report.About, cancellationToken);
        NotificationLanguageAnswer answer = await callouts.AskAsync(
            answers => rules.NotificationLanguage(types, report.About.Envelope.SourceChannel, preferred, report.Recipient, report.About.Recipients[0].Address, answers),
            static a => a.Pending,
            cancellationToken);
        if (rules.Snapshot.NotificationTexts.TryGetValue(answer.Language, out NotificationTexts? texts)) return texts;
        DeliveryLog.NoSuchLanguage(logger, report.About.Envelope.Id.ToString(), answer.Language);
        return common;
    }

    /// <summary>The first language that the message names; "" when it names none.</summary>
    private async Task<string> PreferredAsync(PendingNotification about, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream content = await queue.OpenContentAsync(about.Envelope.Id, cancellationToken);
            HeaderFields header = await HeaderFields.ReadAsync(content, cancellationToken);
            return Fields.SelectMany(header.Values).Select(v => v.Split(',', ';')[0].Trim()).FirstOrDefault(v => v.Length > 0) ?? "";
        }
        catch (QueueReadException e)
        {
            DeliveryLog.QueueUnavailable(logger, e);
            return "";
        }
    }
}
