namespace Postern.Policy.Aliases;

/// <summary>One named list parameter.</summary>
public sealed class ListParameter
{
    internal ListParameter(string name, string value, ListParameterSupport support, Func<ListDraft, ListValue, string?> apply)
    {
        Name = name;
        Value = value;
        Support = support;
        Apply = apply;
    }

    /// <summary>Upper case, without brackets.</summary>
    public string Name { get; }

    /// <summary>For a reader: what it takes.</summary>
    public string Value { get; }

    public ListParameterSupport Support { get; }

    /// <summary>Notes the parameter in the draft; the answer is null, or what is wrong with the value.</summary>
    internal Func<ListDraft, ListValue, string?> Apply { get; }
}
