using Postern.Mapping.Text;

namespace Postern.Policy.Configuration;

/// <summary>One user of the embedded directory.</summary>
/// <param name="Address">as written in the file.</param>
/// <param name="Verifier">null is a mailbox without login.</param>
public sealed record UserEntry(SourcePosition Position, string Address, ScramVerifier? Verifier);
