using Postern.Mapping.Evaluation;

namespace Postern.Policy.Access;

/// <summary>The language a notification is written in.</summary>
/// <param name="Language">a name of NOTIFICATION_LANGUAGES; "" is what everybody gets.</param>
public sealed record NotificationLanguageAnswer(string Language)
{
    /// <summary>What has to be answered first; until then the language is that of everybody. Null: nothing has.</summary>
    public Callout? Pending { get; init; }
}
