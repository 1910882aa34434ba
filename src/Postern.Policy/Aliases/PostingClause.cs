using Postern.Mapping.Text;

namespace Postern.Policy.Aliases;

/// <summary>A test that a list parameter orders, with its words for the explanation.</summary>
/// <param name="Text">the parameter as written, <c>[AUTH_LIST] news.dis</c>.</param>
/// <param name="Forbids">a match refuses the posting, whatever other clauses say (<c>CANT_</c>).</param>
/// <param name="Either">joined to the clauses before it by OR; false by AND; null as option <c>or_clauses</c> says.</param>
public sealed record PostingClause(SourcePosition Position, string Text, PosterTest Test, bool Forbids = false, bool? Either = null);
