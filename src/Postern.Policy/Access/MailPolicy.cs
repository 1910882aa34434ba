using Postern.Policy.Configuration;

namespace Postern.Policy.Access;

/// <summary>The policy engine over one configuration.</summary>
public sealed class MailPolicy(ConfigurationSnapshot snapshot)
{
    public ConfigurationSnapshot Snapshot => snapshot;
}
