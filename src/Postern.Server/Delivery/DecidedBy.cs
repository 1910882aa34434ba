using Postern.Policy.Access;

namespace Postern.Server.Delivery;

/// <summary>The probe that decided about a delivery, on one line for the log.</summary>
internal static class DecidedBy
{
    public static string Of(Explanation explanation) => explanation.Deciding is { } probe ? $"{probe.Table} {probe.Entry?.Position} \"{probe.Input}\"" : "";
}
