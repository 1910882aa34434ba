namespace Postern.Policy.Callouts;

/// <summary>A routine that <c>$[name,argument]</c> may name.</summary>
/// <param name="Form">the argument as the manual writes it, for messages.</param>
/// <param name="Separator">stands between the parts of the argument.</param>
/// <param name="Parts">how many parts the argument has at least.</param>
/// <param name="SilenceIsNo">when it cannot be answered now, it counts as "no".</param>
public sealed record CalloutRoutine(string Name, string Form, char Separator, int Parts, bool SilenceIsNo = false);
