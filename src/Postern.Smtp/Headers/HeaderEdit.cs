namespace Postern.Smtp.Headers;

/// <summary>One change to a header block. Names compare case-blind.</summary>
public abstract record HeaderEdit
{
    /// <param name="Value">one line without control characters, to be put behind <c>Name: </c>.</param>
    public sealed record Add(string Name, string Value, HeaderAddition Mode) : HeaderEdit;

    /// <summary>All fields of the name go.</summary>
    public sealed record Remove(string Name) : HeaderEdit;

    /// <summary>Fields of the name beyond the first <paramref name="Most"/> go.</summary>
    public sealed record Limit(string Name, int Most) : HeaderEdit;

    /// <summary>Puts a tag before the subject, unless the tag stands in it already.</summary>
    public sealed record TagSubject(string Tag) : HeaderEdit;
}
