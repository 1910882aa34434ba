using System.Net;

namespace Postern.Policy.Configuration;

/// <summary>An address that connections of many clients can seem to come from.</summary>
/// <param name="Description">what it is, as in "the default gateway".</param>
public sealed record SharedAddress(IPAddress Address, string Description);
