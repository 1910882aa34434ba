namespace Postern.Policy.Aliases;

/// <summary>Why a list does not pass on a posting whose content has come.</summary>
/// <param name="List">the list that objects.</param>
public abstract record ListObjection(ListPath List)
{
    public sealed record Refusal(ListPath List, ExpansionFault Fault) : ListObjection(List);

    public sealed record Hold(ListPath List, string Reason) : ListObjection(List);
}
