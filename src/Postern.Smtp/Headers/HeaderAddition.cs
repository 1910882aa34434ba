namespace Postern.Smtp.Headers;

/// <summary>What happens to a field that is to be added when the header has one of that name already (Technical Reference, "Alias header addition modifiers").</summary>
public enum HeaderAddition
{
    /// <summary>It is added beside the old one.</summary>
    Always,

    /// <summary>It is added under the name <c>Resent-...</c>; the default of list parameters.</summary>
    Resent,

    /// <summary><c>*</c>: it is left out.</summary>
    IfAbsent,

    /// <summary><c>&amp;</c>: its value goes behind the old one, after a comma.</summary>
    Append,

    /// <summary><c>^</c>: it takes the place of all old ones.</summary>
    Replace,
}
