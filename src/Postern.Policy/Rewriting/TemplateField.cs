using System.Text;

namespace Postern.Policy.Rewriting;

/// <summary>One field of a result as it grows. Most are one substitution, and stay the string that it is.</summary>
internal sealed class TemplateField(string text = "")
{
    private string _text = text;
    private StringBuilder? _more;

    public int Length => _more?.Length ?? _text.Length;

    public void Append(string text)
    {
        if (_more is not null) _more.Append(text);
        else if (_text.Length == 0) _text = text;
        else _more = new StringBuilder(_text).Append(text);
    }

    public override string ToString() => _more?.ToString() ?? _text;
}
