namespace Postern.Policy.Configuration;

/// <summary>How the fields of one name are shown.</summary>
/// <param name="Label">what is shown in place of the name; null for the name.</param>
/// <param name="Maximum">so many of them, the first ones; null for all.</param>
/// <param name="Precedence">smaller ones stand further up; those of equal precedence as in the message.</param>
public sealed record ShownField(string? Label = null, int? Maximum = null, int Precedence = 0);
