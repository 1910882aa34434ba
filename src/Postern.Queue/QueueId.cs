using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Postern.Queue;

/// <summary>
/// Names a queued message for good: 80 bits, 44 of time (milliseconds since 1970) and 36 drawn at random, written as 16
/// characters of base 32 (Crockford's alphabet). Ids of later milliseconds sort later, as values and as text.
/// </summary>
public readonly record struct QueueId : IComparable<QueueId>
{
    /// <summary>Characters of the text form.</summary>
    public const int TextLength = 16;

    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int RandomBits = 36;

    private readonly UInt128 _value;

    private QueueId(UInt128 value) => _value = value;

    public static QueueId New(TimeProvider time)
    {
        Span<byte> random = stackalloc byte[8];
        RandomNumberGenerator.Fill(random);
        ulong low = BinaryPrimitives.ReadUInt64LittleEndian(random) & ((1UL << RandomBits) - 1);
        ulong milliseconds = (ulong)time.GetUtcNow().ToUnixTimeMilliseconds() & ((1UL << 44) - 1);
        return new QueueId(((UInt128)milliseconds << RandomBits) | low);
    }

    /// <summary>Reads 16 characters in either letter case; anything else is false.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out QueueId id)
    {
        id = default;
        if (text.Length != TextLength) return false;
        UInt128 value = 0;
        foreach (char c in text)
        {
            int digit = Alphabet.IndexOf(char.ToUpperInvariant(c), StringComparison.Ordinal);
            if (digit < 0) return false;
            value = (value << 5) | (uint)digit;
        }

        id = new QueueId(value);
        return true;
    }

    public int CompareTo(QueueId other) => _value.CompareTo(other._value);

    public static bool operator <(QueueId left, QueueId right) => left.CompareTo(right) < 0;

    public static bool operator >(QueueId left, QueueId right) => left.CompareTo(right) > 0;

    public static bool operator <=(QueueId left, QueueId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(QueueId left, QueueId right) => left.CompareTo(right) >= 0;

    public override string ToString() => string.Create(TextLength, _value, static (text, value) =>
    {
        for (int i = text.Length - 1; i >= 0; i--, value >>= 5) text[i] = Alphabet[(int)(value & 31)];
    });
}
