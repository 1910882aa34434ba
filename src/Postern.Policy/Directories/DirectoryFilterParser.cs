using System.Collections.Immutable;
using System.Text;

namespace Postern.Policy.Directories;

// filter     = "(" ( "&" *filter / "|" *filter / "!" filter / item ) ")"
// item       = attr ( "=" / "~=" / ">=" / "<=" ) value
//            / attr "=*"
//            / attr "=" [ value ] "*" *( value "*" ) [ value ]
//            / [ attr ] [ ":dn" ] [ ":" rule ] ":=" value          ; attr or rule must be there
// value      = *( any but NUL "(" ")" "*" "\" / "\" 2HEXDIG )
//
// BUGS: a value whose escapes are no UTF-8 is refused; none of the attributes that mail asks for could hold it.

/// <summary>Reads the text form of a filter (RFC 4515 §3).</summary>
public static class DirectoryFilterParser
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);

    /// <param name="fault">one line why the text is no filter; null when it is one.</param>
    public static DirectoryFilter? Parse(string text, out string? fault)
    {
        ArgumentNullException.ThrowIfNull(text);
        Reader reader = new(text);
        DirectoryFilter? filter = reader.Filter(depth: 1);
        if (filter is not null && !reader.AtEnd) filter = reader.Fail("text after the filter");
        fault = filter is null ? reader.Fault : null;
        return filter;
    }

    /// <summary>Whether a text can name an attribute or a matching rule: a name with options, or a dotted number (RFC 4512 §1.4).</summary>
    public static bool IsDescription(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || !char.IsAsciiLetterOrDigit(text[0])) return false;
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or ';')) return false;
        }

        return true;
    }

    private ref struct Reader(string text)
    {
        private int _at;

        public string? Fault { get; private set; }

        public readonly bool AtEnd => _at == text.Length;

        public DirectoryFilter? Fail(string fault)
        {
            Fault ??= $"{fault}, at character {_at + 1} of the filter";
            return null;
        }

        public DirectoryFilter? Filter(int depth)
        {
            if (depth > DirectoryFilter.MaximumDepth) return Fail($"filters nest deeper than {DirectoryFilter.MaximumDepth}");
            if (!Take('(')) return Fail("\"(\" is missing");
            DirectoryFilter? filter = Peek switch
            {
                '&' => Parts(depth) is { } parts ? new DirectoryFilter.And(parts) : null,
                '|' => Parts(depth) is { } parts ? new DirectoryFilter.Or(parts) : null,
                '!' => Negated(depth),
                _ => Item(),
            };
            if (filter is null) return null;
            return Take(')') ? filter : Fail("\")\" is missing");
        }

        private readonly char Peek => AtEnd ? '\0' : text[_at];

        private bool Take(char wanted)
        {
            if (AtEnd || text[_at] != wanted) return false;
            _at++;
            return true;
        }

        private ImmutableArray<DirectoryFilter>? Parts(int depth)
        {
            _at++;
            ImmutableArray<DirectoryFilter>.Builder parts = ImmutableArray.CreateBuilder<DirectoryFilter>();
            while (Peek == '(')
            {
                if (Filter(depth + 1) is not { } part) return null;
                parts.Add(part);
            }

            return parts.ToImmutable();
        }

        private DirectoryFilter.Not? Negated(int depth)
        {
            _at++;
            return Filter(depth + 1) is { } part ? new DirectoryFilter.Not(part) : null;
        }

        private DirectoryFilter? Item()
        {
            int start = _at;
            while (!AtEnd && text[_at] is not ('=' or '(' or ')' or '\0')) _at++;
            if (!Take('=')) return Fail("\"=\" is missing");
            ReadOnlySpan<char> left = text.AsSpan(start, _at - 1 - start);
            FilterComparison comparison = FilterComparison.Equal;
            if (left is [.. var extended, ':']) return Extensible(extended.ToString());
            if (left is [.. var compared, var sign] && sign is '~' or '<' or '>')
            {
                comparison = sign switch { '<' => FilterComparison.AtMost, '>' => FilterComparison.AtLeast, _ => FilterComparison.Approximate };
                left = compared;
            }

            if (!IsDescription(left)) return Fail($"\"{left}\" is no attribute");
            string attribute = left.ToString();
            if (Values() is not { } pieces) return null;
            if (pieces.Length == 1) return new DirectoryFilter.Compare(attribute, comparison, pieces[0]);
            if (comparison != FilterComparison.Equal) return Fail("\"*\" has no place here");
            if (pieces is ["", ""]) return new DirectoryFilter.Present(attribute);
            if (pieces[1..^1].Contains("", StringComparer.Ordinal)) return Fail("\"**\" has no meaning");
            return new DirectoryFilter.Substrings(attribute, NullIfEmpty(pieces[0]), pieces[1..^1], NullIfEmpty(pieces[^1]));
        }

        private DirectoryFilter? Extensible(string left)
        {
            string[] pieces = left.Split(':');
            bool ofName = pieces.Length > 1 && pieces[1].Equals("dn", StringComparison.OrdinalIgnoreCase);
            string[] rules = pieces[(ofName ? 2 : 1)..];
            string? attribute = NullIfEmpty(pieces[0]), rule = rules is [var only] ? only : null;
            if (rules.Length > 1 || (attribute is null && rule is null)
                || (attribute is not null && !IsDescription(attribute)) || (rule is not null && !IsDescription(rule)))
            {
                return Fail($"\"{left}:\" is no matching rule");
            }

            return Values() switch
            {
                null => null,
                [var value] => new DirectoryFilter.Extensible(attribute, rule, value, ofName),
                _ => Fail("\"*\" has no place here"),
            };
        }

        /// <summary>The pieces between stars; one piece when there is no star.</summary>
        private ImmutableArray<string>? Values()
        {
            ImmutableArray<string>.Builder pieces = ImmutableArray.CreateBuilder<string>();
            List<byte> piece = [];
            for (; !AtEnd && text[_at] is not (')' or '(' or '\0'); _at++)
            {
                if (text[_at] == '*')
                {
                    pieces.Add(Strict.GetString([.. piece]));
                    piece.Clear();
                }
                else if (text[_at] == '\\')
                {
                    if (_at + 2 >= text.Length || !char.IsAsciiHexDigit(text[_at + 1]) || !char.IsAsciiHexDigit(text[_at + 2]))
                    {
                        Fail("\"\\\" stands before two hexadecimal digits only");
                        return null;
                    }

                    piece.Add(Convert.ToByte(text.Substring(_at + 1, 2), 16));
                    _at += 2;
                }
                else
                {
                    int length = char.IsSurrogatePair(text, _at) ? 2 : 1;
                    piece.AddRange(Strict.GetBytes(text.Substring(_at, length)));
                    _at += length - 1;
                }
            }

            pieces.Add(Strict.GetString([.. piece]));
            if (!pieces.Any(p => p.Contains('\ufffd', StringComparison.Ordinal))) return pieces.ToImmutable();
            Fail("a value is no UTF-8");
            return null;
        }

        private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
    }
}
