namespace Postern.WebConsole;

/// <summary>One field of a form.</summary>
/// <param name="Value">what stands in it; a checkbox is set unless it is empty.</param>
internal sealed record FormField(string Name, string Label, string Value, bool IsCheckbox = false, bool IsSecret = false);
