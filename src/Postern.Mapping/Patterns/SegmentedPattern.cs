using System.Collections.Immutable;

namespace Postern.Mapping.Patterns;

// IDEA. Most patterns of access tables are pieces of fixed length with plain "*" between them. The language wants the first "*" as
// long as the rest allows, then the second, and so on; that is, each piece as far right as the pieces behind it allow. Placing the
// pieces from the right, each at the last place where it fits, yields just that: it is the rightmost place for every piece at
// once. No choice is ever taken back.
//
// COST. The stretches of text searched for the pieces do not overlap, so time is linear in length times the longest piece, and
// usually the search for one character of each piece, which the framework does many characters at a time.
//
// LIMITS. "*" of a class, lazy runs, back matches and addresses need the general PatternMatcher, and so do more than MostStars runs.
internal sealed class SegmentedPattern
{
    private const int MostStars = 16;

    private readonly ImmutableArray<PatternElement> _elements;

    // One more than there are stars: what stands before, between and behind them.
    private readonly Segment[] _segments;

    private SegmentedPattern(ImmutableArray<PatternElement> elements, Segment[] segments)
    {
        _elements = elements;
        _segments = segments;
    }

    /// <summary>The pattern in this form, or null when it has other elements than fixed pieces and plain stars.</summary>
    public static SegmentedPattern? Of(ImmutableArray<PatternElement> elements)
    {
        bool fits = elements.All(e => e is PatternElement.Literal or PatternElement.One or PatternElement.Many { Lazy: false, Set.IsAll: true });
        if (!fits || elements.Count(e => e is PatternElement.Many) > MostStars)
            return null;

        List<Segment> segments = [];
        List<PatternElement> piece = [];
        foreach (PatternElement element in elements)
        {
            if (element is not PatternElement.Many)
            {
                piece.Add(element);
                continue;
            }

            segments.Add(new Segment(piece));
            piece.Clear();
        }

        segments.Add(new Segment(piece));
        return new SegmentedPattern(elements, [.. segments]);
    }

    public PatternMatch Match(ReadOnlySpan<char> text)
    {
        Segment first = _segments[0];
        int last = _segments.Length - 1;
        if (last == 0)
            return text.Length == first.Length && first.IsAt(text, 0) ? Fields([0]) : default;

        Span<int> starts = stackalloc int[MostStars + 1];
        int limit = text.Length - _segments[last].Length;
        if (limit < first.Length || !first.IsAt(text, 0) || !_segments[last].IsAt(text, limit))
            return default;

        starts[last] = limit;
        for (int i = last - 1; i > 0; i--)
        {
            // INVARIANT. Piece i lies in text[first.Length..limit], and no further right is possible.
            if (!_segments[i].TryFindLast(text[first.Length..limit], out int found))
                return default;

            starts[i] = limit = first.Length + found;
        }

        return Fields(starts[..(last + 1)]);
    }

    private PatternMatch Fields(ReadOnlySpan<int> starts)
    {
        Span<Range> fields = stackalloc Range[PatternMatch.MaxFields];
        int count = 0;
        int position = 0;
        int star = 0;
        foreach (PatternElement element in _elements)
        {
            int end = element switch
            {
                PatternElement.Literal literal => position + literal.Text.Length,
                PatternElement.Many => starts[++star],
                _ => position + 1,
            };
            if (element.Saved && count < fields.Length)
                fields[count++] = position..end;

            position = end;
        }

        return new PatternMatch(fields[..count]);
    }

    /// <summary>Literal text and single characters of sets, one behind the other.</summary>
    private sealed class Segment
    {
        private readonly CharacterSet?[] _sets;
        private readonly char[] _lower;

        // The place of the first literal character, or -1.
        private readonly int _anchor;

        public Segment(List<PatternElement> elements)
        {
            _sets = [.. elements.SelectMany(e => e is PatternElement.Literal l ? new CharacterSet?[l.Text.Length] : [((PatternElement.One)e).Set])];
            _lower = [.. elements.SelectMany(e => e is PatternElement.Literal l ? l.Text.Select(AsciiCase.Lower) : ['\0'])];
            _anchor = Array.FindIndex(_sets, s => s is null);
        }

        public int Length => _lower.Length;

        public bool IsAt(ReadOnlySpan<char> text, int start)
        {
            ReadOnlySpan<char> piece = text.Slice(start, _lower.Length);
            for (int i = 0; i < piece.Length; i++)
            {
                char c = piece[i];
                if (c != _lower[i] && AsciiCase.Lower(c) != _lower[i] && _sets[i] is null)
                    return false;

                if (_sets[i] is { } set && !set.Contains(c))
                    return false;
            }

            return true;
        }

        public bool TryFindLast(ReadOnlySpan<char> text, out int start)
        {
            for (start = text.Length - Length; start >= 0; start--)
            {
                if (_anchor >= 0)
                {
                    int anchor = text.Slice(_anchor, start + 1).LastIndexOfAny(_lower[_anchor], AsciiCase.Upper(_lower[_anchor]));
                    if (anchor < 0)
                        return false;

                    start = anchor;
                }

                if (IsAt(text, start))
                    return true;
            }

            return false;
        }
    }
}
