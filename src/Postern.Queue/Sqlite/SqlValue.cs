using System.Runtime.CompilerServices;
using SQLitePCL;

namespace Postern.Queue;

/// <summary>The value of a parameter: NULL, an integer, text or a blob. Integers are not boxed.</summary>
internal readonly struct SqlValue
{
    private readonly object? _other;
    private readonly long _integer;
    private readonly bool _isInteger;

    private SqlValue(object? other) => _other = other;

    private SqlValue(long integer)
    {
        _integer = integer;
        _isInteger = true;
    }

    public static implicit operator SqlValue(long value) => new(value);

    public static implicit operator SqlValue(long? value) => value is { } integer ? new(integer) : default;

    public static implicit operator SqlValue(string? value) => new(value);

    public static implicit operator SqlValue(byte[]? value) => new(value);

    /// <param name="place">of the parameter, from 1.</param>
    /// <returns>the result code of the library.</returns>
    public int Bind(sqlite3_stmt statement, int place) => _isInteger
        ? raw.sqlite3_bind_int64(statement, place, _integer)
        : _other switch
        {
            null => raw.sqlite3_bind_null(statement, place),
            string text => raw.sqlite3_bind_text(statement, place, text),
            byte[] { Length: 0 } => raw.sqlite3_bind_zeroblob(statement, place, 0),
            byte[] blob => raw.sqlite3_bind_blob(statement, place, blob),
            _ => throw new SwitchExpressionException(_other),
        };
}
