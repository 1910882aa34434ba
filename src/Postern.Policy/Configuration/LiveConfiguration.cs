using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Access;

namespace Postern.Policy.Configuration;

/// <summary>The configuration in force: one reference, swapped whole. Readers take it once and keep what they took.</summary>
public sealed class LiveConfiguration(ConfigurationSnapshot first)
{
    private volatile MailPolicy _policy = new(first);

    public MailPolicy Policy => _policy;

    public ConfigurationSnapshot Current => _policy.Snapshot;

    /// <summary>Puts a loaded configuration in force.</summary>
    /// <returns>false when it has errors: then nothing changes.</returns>
    public bool TryReplace(ConfigurationResult candidate, out ImmutableArray<Diagnostic> diagnostics)
    {
        diagnostics = candidate.Diagnostics;
        if (candidate.Snapshot is not { } snapshot) return false;
        _policy = new MailPolicy(snapshot);
        return true;
    }

    /// <summary>Puts the same configuration in force with files of it read again.</summary>
    /// <returns>false when <paramref name="expected"/> is not in force any more: then nothing changes.</returns>
    public bool TryRefresh(ConfigurationSnapshot expected, ConfigurationSnapshot next)
    {
        MailPolicy before = _policy;
        return ReferenceEquals(before.Snapshot, expected) && Interlocked.CompareExchange(ref _policy, new MailPolicy(next), before) == before;
    }
}
