using System.Collections.Immutable;
using Postern.Mapping.Text;

namespace Postern.Policy.Configuration;

/// <summary>The outcome of loading a configuration.</summary>
/// <param name="Snapshot">null exactly when there is an error among the diagnostics.</param>
/// <param name="Diagnostics">of all files, by file and line.</param>
public sealed record ConfigurationResult(ConfigurationSnapshot? Snapshot, ImmutableArray<Diagnostic> Diagnostics);
