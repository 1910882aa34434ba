using System.Text;

namespace Postern.Smtp.Addresses;

/// <summary>
/// The encoder of RFC 3492 §6.3. The idea: ASCII is copied, then each other code point is written as the number of
/// decoder steps since the last one, in a base-36 notation of variable length. Cost: length × distinct code points, on
/// labels that are short because a domain is.
/// </summary>
internal static class Punycode
{
    private const int Base = 36;
    private const int MinimumThreshold = 1;
    private const int MaximumThreshold = 26;
    private const int Skew = 38;
    private const int Damp = 700;
    private const int InitialBias = 72;
    private const int InitialCodePoint = 128;

    /// <returns>without the prefix <c>xn--</c>.</returns>
    public static string Encode(List<int> codePoints)
    {
        StringBuilder output = new();
        foreach (int c in codePoints)
        {
            if (c < InitialCodePoint) output.Append((char)c);
        }

        int basic = output.Length;
        int handled = basic;
        if (basic > 0) output.Append('-');
        int current = InitialCodePoint;
        int bias = InitialBias;

        // INVARIANT: at most 255 code points below 2^18, so no step count overflows 32 bits.
        int delta = 0;
        while (handled < codePoints.Count)
        {
            int next = codePoints.Where(c => c >= current).Min();
            delta += (next - current) * (handled + 1);
            current = next;
            foreach (int c in codePoints)
            {
                if (c < current) delta++;
                if (c != current) continue;
                AppendNumber(output, delta, bias);
                bias = Adapt(delta, handled + 1, first: handled == basic);
                delta = 0;
                handled++;
            }

            delta++;
            current++;
        }

        return output.ToString();
    }

    private static void AppendNumber(StringBuilder output, int number, int bias)
    {
        for (int k = Base; ; k += Base)
        {
            int threshold = Math.Clamp(k - bias, MinimumThreshold, MaximumThreshold);
            if (number < threshold)
            {
                output.Append(Digit(number));
                return;
            }

            output.Append(Digit(threshold + ((number - threshold) % (Base - threshold))));
            number = (number - threshold) / (Base - threshold);
        }
    }

    private static int Adapt(int delta, int points, bool first)
    {
        delta = first ? delta / Damp : delta / 2;
        delta += delta / points;
        int k = 0;
        for (; delta > (Base - MinimumThreshold) * MaximumThreshold / 2; k += Base) delta /= Base - MinimumThreshold;
        return k + ((Base - MinimumThreshold + 1) * delta / (delta + Skew));
    }

    private static char Digit(int value) => (char)(value < 26 ? 'a' + value : '0' + value - 26);
}
