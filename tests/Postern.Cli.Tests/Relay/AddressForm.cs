namespace Postern.Cli.Tests.Relay;

/// <summary>A way to write a recipient, and how the reply to it starts.</summary>
/// <param name="Name">number of the case in access-control conformance, or a short description.</param>
public sealed record AddressForm(string Name, string Recipient, string Reply)
{
    public const string Unknown = "550 5.7.1 unknown host or domain";
    public const string NoRelay = "550 5.7.1 Relaying not permitted";
    public const string NoRoute = "550 5.7.1 Explicit routing not allowed";

    public override string ToString() => $"{Name}: {Recipient}";
}
