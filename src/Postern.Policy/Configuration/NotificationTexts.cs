using System.Collections.Immutable;

namespace Postern.Policy.Configuration;

/// <summary>
/// What notifications say to people, in one language. In texts <c>%H</c> is the header of the message, <c>%R</c> the list of its
/// recipients, <c>%C</c> <c>%L</c> <c>%F</c> how long it has waited, will wait on and may wait in all, <c>%u</c> <c>%U</c> the unit of these,
/// <c>%s</c> <c>%S</c> the plural letter unless the last number was 1, <c>%h</c> the name of this host, <c>%%</c> a percent sign
/// (Administration Guide 6.3, "Customizing and localizing notification messages"; <c>%h</c> is ours).
/// </summary>
public sealed record NotificationTexts
{
    /// <summary>Longer lines are told at load: a notification is read as plain text.</summary>
    public const int LongestLine = 78;

    public static NotificationTexts English { get; } = new();

    public string Prefix { get; init; } = "This is the mail system at %h.\n\n";

    public string Suffix { get; init; } = "";

    public string Failed { get; init; } = "Your message could not be delivered to the recipients below. It will not be\ntried again.\n\n%R";

    /// <summary>Returned by an operator.</summary>
    public string Bounced { get; init; } = "Your message for the recipients below was returned by the postmaster. It will\nnot be tried again.\n\n%R";

    /// <summary>Given up for its age.</summary>
    public string TimedOut { get; init; } = "Your message could not be delivered to the recipients below within %F %u%s. It\nwill not be tried again.\n\n%R";

    public string Delayed { get; init; } =
        "Your message could not yet be delivered to the recipients below; it has waited\nfor %C %u%s. You need not send it again: it will be tried for %L %u%s more.\n\n%R";

    public string Delivered { get; init; } = "Your message was delivered to the recipients below.\n\n%R";

    /// <summary>Passed to a host that sends no such notifications.</summary>
    public string Forwarded { get; init; } =
        "Your message was passed to a host that does not confirm deliveries. You will\nhear no more of the recipients below unless one fails.\n\n%R";

    /// <summary>Handed to the members of a group.</summary>
    public string Expanded { get; init; } =
        "Your message was sent on to the members of the groups below. You will hear no\nmore of them unless one fails.\n\n%R";

    /// <summary>What <c>%H</c> shows.</summary>
    public ShownFields Header { get; init; } = ShownFields.Usual;

    /// <summary>Short pieces by name: subjects, units, words of the recipient list; <c>5.1.1</c> and the like are reasons.</summary>
    public ImmutableDictionary<string, string> Strings { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["SUBJECT_FAILED"] = "Undelivered mail returned to sender",
        ["SUBJECT_DELAYED"] = "Delivery is delayed, but will be tried on",
        ["SUBJECT_DELIVERED"] = "Your message was delivered",
        ["SUBJECT_FORWARDED"] = "Your message was passed on",
        ["SUBJECT_EXPANDED"] = "Your message was sent to the members of a group",
        ["DAY"] = "Day",
        ["DAY_PLURAL"] = "s",
        ["HOUR"] = "Hour",
        ["HOUR_PLURAL"] = "s",
        ["ANSWERED"] = "answered:",
        ["TRIED_UNTIL"] = "will be tried until",
        ["ATTEMPTS"] = "attempts:",
    }.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);
}
