using System.Text;
using System.Text.Encodings.Web;

namespace Postern.WebConsole;

/// <summary>Builds the body of a page. INVARIANT: text gets in by <see cref="Encode"/> only, so nothing a client or a file said is ever markup.</summary>
internal sealed class Html
{
    private readonly StringBuilder _text = new();

    public void Heading(string text) => _text.Append("<h2>").Append(Encode(text)).Append("</h2>\n");

    public void Paragraph(string text) => _text.Append("<p>").Append(Encode(text)).Append("</p>\n");

    public void Preformatted(string text) => _text.Append("<pre>").Append(Encode(text)).Append("</pre>\n");

    /// <param name="headings">empty: the first column is one.</param>
    public void Table(IReadOnlyList<string> headings, IEnumerable<string[]> rows)
    {
        _text.Append("<table>\n");
        if (headings.Count > 0)
        {
            _text.Append("<thead><tr>");
            foreach (string heading in headings) _text.Append("<th scope=\"col\">").Append(Encode(heading)).Append("</th>");
            _text.Append("</tr></thead>\n");
        }

        _text.Append("<tbody>\n");
        foreach (string[] row in rows)
        {
            _text.Append("<tr>");
            for (int i = 0; i < row.Length; i++)
            {
                string tag = i == 0 && headings.Count == 0 ? "th" : "td";
                _text.Append('<').Append(tag).Append(tag == "th" ? " scope=\"row\">" : ">").Append(Encode(row[i])).Append("</").Append(tag).Append('>');
            }

            _text.Append("</tr>\n");
        }

        _text.Append("</tbody>\n</table>\n");
    }

    public void Form(string method, string action, IEnumerable<FormField> fields, string button)
    {
        _text.Append("<form method=\"").Append(method).Append("\" action=\"").Append(Encode(action)).Append("\">\n");
        foreach (FormField field in fields)
        {
            _text.Append("<label>").Append(Encode(field.Label)).Append(" <input name=\"").Append(Encode(field.Name)).Append("\" ");
            if (field.IsCheckbox) _text.Append("type=\"checkbox\" value=\"on\"").Append(field.Value.Length > 0 ? " checked" : "");
            else if (field.IsSecret) _text.Append("type=\"password\" autocomplete=\"off\"");
            else _text.Append("type=\"text\" value=\"").Append(Encode(field.Value)).Append('"');
            _text.Append("></label>\n");
        }

        _text.Append("<button>").Append(Encode(button)).Append("</button>\n</form>\n");
    }

    public override string ToString() => _text.ToString();

    public static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
