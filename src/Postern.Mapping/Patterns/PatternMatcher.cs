using System.Buffers;

namespace Postern.Mapping.Patterns;

// IDEA. A pattern is a row of elements, each of which consumes text from where the one before it ended. All but one kind can
// end in one place only; a run ("*", "$D*") can end in many, and tries them in its order of preference: longest first, or
// shortest first when lazy. Walking left to right and coming back to the nearest run that has another choice left finds the
// match that the language defines: every run, from the left, as long (or as short) as the rest allows.
//
// Instead of recursion the walk keeps, per element, where it ended. Going back is then a scan to the left, captures are read off
// the ends afterwards, and a pattern of thousands of elements needs no deep stack.
//
// INVARIANT. _ends[e-1] is where element e begins. When the bit (r, p) of the memo is set, run number r and all behind it cannot
// match the text from p. This depends on r and p alone, as long as no element looks back at what an earlier one caught.
//
// COST. Without back match each end of each run is tried once: a run that failed from p marks every end it tried, and is never
// led there again. Time is linear in elements x (length + 1), space one bit per run and position, on the stack for ordinary
// probes and rented above that. With a back match the memo would lie, so it is not kept, the walk
// may be exponential, and it stops after Pattern.StepLimit steps with an answer that is neither yes nor no. It must not be
// "no": a table that refuses mail would then let it pass.
//
// BUGS. A character is a UTF-16 unit: "%" matches half of a character outside the basic plane. Letters beyond A-Z have no case.
internal ref struct PatternMatcher
{
    private const int StackEnds = 64;
    private const int StackMemo = 64;

    private readonly Pattern _pattern;
    private readonly ReadOnlySpan<PatternElement> _elements;
    private readonly ReadOnlySpan<char> _text;
    private readonly Span<int> _ends;
    private readonly Span<ulong> _memo;
    private int _steps;

    private PatternMatcher(Pattern pattern, ReadOnlySpan<char> text, Span<int> ends, Span<ulong> memo)
    {
        _pattern = pattern;
        _elements = pattern.Elements.AsSpan();
        _text = text;
        _ends = ends;
        _memo = memo;
    }

    public static PatternMatch Match(Pattern pattern, ReadOnlySpan<char> text)
    {
        int count = pattern.Elements.Length;
        int words = pattern.HasBackMatch || pattern.Runs < 2 ? 0 : (int)((((long)pattern.Runs * (text.Length + 1)) + 63) / 64);
        int[]? rentedEnds = count > StackEnds ? ArrayPool<int>.Shared.Rent(count) : null;
        ulong[]? rentedMemo = words > StackMemo ? ArrayPool<ulong>.Shared.Rent(words) : null;
        Span<int> ends = (rentedEnds ?? stackalloc int[StackEnds])[..count];
        Span<ulong> memo = (rentedMemo ?? stackalloc ulong[StackMemo])[..words];
        memo.Clear();

        PatternMatch match = new PatternMatcher(pattern, text, ends, memo).Run();

        if (rentedEnds is not null)
            ArrayPool<int>.Shared.Return(rentedEnds);
        if (rentedMemo is not null)
            ArrayPool<ulong>.Shared.Return(rentedMemo);

        return match;
    }

    private PatternMatch Run()
    {
        int element = 0;
        // The number of runs to the left of the element.
        int runs = 0;
        bool forward = true;
        while (true)
        {
            if (_pattern.HasBackMatch && ++_steps > Pattern.StepLimit)
                return new PatternMatch(PatternOutcome.StepLimit);

            if (forward)
            {
                if (element == _elements.Length)
                {
                    if (Start(element) == _text.Length)
                        return Fields();

                    forward = false;
                    continue;
                }

                forward = TryEnter(element, runs);
                if (forward && _elements[element++] is PatternElement.Many)
                    runs++;
            }
            else
            {
                if (element == 0)
                    return default;

                if (_elements[--element] is not PatternElement.Many run)
                    continue;

                runs--;
                forward = TryNextChoice(element, run, runs);
                if (forward)
                {
                    element++;
                    runs++;
                }
            }
        }
    }

    private readonly int Start(int element) => element == 0 ? 0 : _ends[element - 1];

    // Sets the end of the element for the text at its start; false when it cannot match there.
    private readonly bool TryEnter(int element, int runs)
    {
        int start = Start(element);
        ReadOnlySpan<char> rest = _text[start..];
        int length = _elements[element] switch
        {
            PatternElement.Literal literal => MatchLiteral(literal.Text, rest),
            PatternElement.One one => rest.Length > 0 && one.Set.Contains(rest[0]) ? 1 : -1,
            PatternElement.Many many => EnterRun(many, runs, start),
            PatternElement.BackMatch back => MatchLiteral(_text[Field(back.Field)], rest),
            PatternElement.Network4 network => Match4(network, rest),
            PatternElement.Network6 network => Match6(network, rest),
            _ => throw new InvalidOperationException($"no matcher for {_elements[element].GetType().Name}"),
        };
        if (length < 0)
            return false;

        _ends[element] = start + length;
        return true;
    }

    private static int MatchLiteral(ReadOnlySpan<char> literal, ReadOnlySpan<char> rest) =>
        rest.Length >= literal.Length && AsciiCase.EqualsBlind(literal, rest[..literal.Length]) ? literal.Length : -1;

    // The first choice of a run, or -1 when every choice is known to fail.
    private readonly int EnterRun(PatternElement.Many many, int run, int start)
    {
        if (IsDead(run, start))
            return -1;

        if (many.Lazy)
            return 0;

        if (_memo.IsEmpty && many.Set.IsAll)
            return _text.Length - start;

        int end = start;
        while (CanGrow(many, run, end))
            end++;

        return end - start;
    }

    // Moves the end of a run to its next choice; false when there is none left.
    private readonly bool TryNextChoice(int element, PatternElement.Many many, int run)
    {
        int start = Start(element);
        int end = _ends[element];
        if (many.Lazy ? CanGrow(many, run, end) : end > start)
        {
            _ends[element] = many.Lazy ? end + 1 : end - 1;
            return true;
        }

        MarkDead(many, run, start);
        return false;
    }

    private readonly bool CanGrow(PatternElement.Many many, int run, int end) =>
        end < _text.Length && many.Set.Contains(_text[end]) && !IsDead(run, end + 1);

    private readonly bool IsDead(int run, int position)
    {
        if (_memo.IsEmpty)
            return false;

        long bit = Bit(run, position);
        return (_memo[(int)(bit / 64)] & (1UL << (int)(bit % 64))) != 0;
    }

    // A run that failed from start fails from each place it could have ended at, too: its choices there are some of those here.
    private readonly void MarkDead(PatternElement.Many many, int run, int start)
    {
        if (_memo.IsEmpty)
            return;

        int position = start;
        bool more;
        do
        {
            more = CanGrow(many, run, position);
            long bit = Bit(run, position++);
            _memo[(int)(bit / 64)] |= 1UL << (int)(bit % 64);
        }
        while (more);
    }

    private readonly long Bit(int run, int position) => ((long)run * (_text.Length + 1)) + position;

    private static int Match4(PatternElement.Network4 network, ReadOnlySpan<char> rest)
    {
        int length = 0;
        while (length < rest.Length && (char.IsAsciiDigit(rest[length]) || rest[length] == '.'))
            length++;

        return AddressText.TryRead4(rest[..length], out uint address) && (address & network.Mask) == network.Network ? length : -1;
    }

    private static int Match6(PatternElement.Network6 network, ReadOnlySpan<char> rest)
    {
        int length = 0;
        while (length < rest.Length && (char.IsAsciiHexDigit(rest[length]) || rest[length] is '.' or ':'))
            length++;

        return AddressText.TryRead6(rest[..length], out UInt128 address) && (address & network.Mask) == network.Network ? length : -1;
    }

    // Where saved field number "field" lies; every element up to it has ended.
    private readonly Range Field(int field)
    {
        for (int element = 0; ; element++)
        {
            if (_elements[element].Saved && field-- == 0)
                return Start(element).._ends[element];
        }
    }

    private readonly PatternMatch Fields()
    {
        Span<Range> fields = stackalloc Range[PatternMatch.MaxFields];
        int count = 0;
        for (int element = 0; element < _elements.Length && count < fields.Length; element++)
        {
            if (_elements[element].Saved)
                fields[count++] = Start(element).._ends[element];
        }

        return new PatternMatch(fields[..count]);
    }
}
