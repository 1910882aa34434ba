using System.Buffers;
using Postern.Smtp.Session;

namespace Postern.Smtp.Framing;

/// <summary>One line, good or refused.</summary>
/// <param name="Text">without its CRLF; empty when <paramref name="Fault"/> is set. Valid as long as the buffer it was cut from.</param>
public readonly record struct LineResult(ReadOnlySequence<byte> Text, LineFault? Fault);
