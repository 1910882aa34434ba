namespace Postern.Policy.Configuration;

/// <summary>LOG_FORMAT, by the numbers of the family; counted fields, XML and nested JSON are not written.</summary>
public enum LogFormat
{
    /// <summary>Columns; the empty sender is an empty column.</summary>
    Text = 1,

    /// <summary>Columns; the empty sender is <c>&lt;&gt;</c>.</summary>
    TextWithEmptySender = 2,

    /// <summary>One JSON object a line, without inner objects.</summary>
    Json = 6,
}
