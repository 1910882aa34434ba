using System.Collections.Immutable;

namespace Postern.Cli.Tests.Harness;

/// <summary>A message as another mail host got it.</summary>
/// <param name="ReversePath">without brackets; empty is the null one.</param>
/// <param name="Content">the bytes, dot-stuffing undone.</param>
public sealed record SinkMessage(string ReversePath, ImmutableArray<string> Recipients, byte[] Content);
