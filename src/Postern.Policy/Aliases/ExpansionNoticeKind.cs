namespace Postern.Policy.Aliases;

/// <summary>The action of RFC 3464 §2.3.3 that an alias makes us report.</summary>
public enum ExpansionNoticeKind
{
    /// <summary>A group: the message went to several addresses, none of which will report success.</summary>
    Expanded,

    /// <summary>A list: with it, delivery to the list is complete.</summary>
    Delivered,
}
