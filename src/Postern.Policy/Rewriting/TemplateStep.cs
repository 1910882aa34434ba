using System.Collections.Immutable;
using Postern.Policy.Channels;

namespace Postern.Policy.Rewriting;

/// <summary>One piece of a rewrite template (Administration Guide 6.3, 11.6 and 11.7).</summary>
public abstract record TemplateStep
{
    private TemplateStep()
    {
    }

    /// <summary>Text that stands for itself.</summary>
    public sealed record Text(string Value) : TemplateStep;

    /// <summary>An unescaped <c>%</c> or <c>@</c>.</summary>
    public sealed record Separator(char Mark) : TemplateStep;

    /// <summary><c>$U</c>, <c>$0U</c> without subaddress, <c>$1U</c> the subaddress with its plus.</summary>
    public sealed record User(UserPart Part) : TemplateStep;

    /// <summary><c>$H</c> (unmatched part of the host) or <c>$D</c> (matched part), without its <paramref name="Drop"/> leftmost labels.</summary>
    public sealed record Host(bool Matched, int Drop) : TemplateStep;

    /// <summary><c>$L</c>: the unmatched part of an address literal.</summary>
    public sealed record Literal : TemplateStep;

    /// <summary><c>$&amp;n $!n</c> of the unmatched part, <c>$*n $#n</c> of the matched one; a missing label fails the rule.</summary>
    public sealed record Label(bool Matched, bool FromRight, int Index) : TemplateStep;

    /// <summary><c>$nA</c>: a character of the address being rewritten; a missing one is empty.</summary>
    public sealed record Character(int Index) : TemplateStep;

    /// <summary><c>$\ $^ $_</c>: the case of substituted text from here on.</summary>
    public sealed record Case(CaseMode Mode) : TemplateStep;

    /// <summary><c>$=</c>: substituted text from here on is quoted for a search filter.</summary>
    public sealed record QuoteForFilter : TemplateStep;

    /// <summary><c>$nX</c>: a component of the user's mail host; users of this release have none, so the rule fails.</summary>
    public sealed record MailHost(int Index) : TemplateStep;

    /// <summary><c>$W</c>: a text that differs in every expansion.</summary>
    public sealed record Unique : TemplateStep;

    /// <summary><c>${table,arg}</c>: the table must set <c>$Y</c>; its output is read as template text.</summary>
    public sealed record Mapping(string Table, ImmutableArray<TemplateStep> Argument) : TemplateStep;

    /// <summary><c>$(key)</c>: the general text table; the answer is read as template text.</summary>
    public sealed record GeneralText(ImmutableArray<TemplateStep> Key) : TemplateStep;

    /// <summary><c>$[routine,arg]</c>: a named routine of the server; its answer is read as template text.</summary>
    public sealed record Routine(string Name, ImmutableArray<TemplateStep> Argument) : TemplateStep;

    /// <summary><c>$]url[</c>: the first value a directory query finds.</summary>
    public sealed record DirectoryUrl(ImmutableArray<TemplateStep> Url) : TemplateStep;

    /// <summary><c>$.text.</c>: stands for the value of a later directory query that cannot be answered now.</summary>
    public sealed record IfUnavailable(ImmutableArray<TemplateStep> Value) : TemplateStep;

    /// <summary><c>$E $B</c>.</summary>
    public sealed record InEnvelope(bool Wanted) : TemplateStep;

    /// <summary><c>$F $R</c>.</summary>
    public sealed record Direction(bool Forward) : TemplateStep;

    /// <summary><c>$S $A $P $X</c>, all of a template together.</summary>
    public sealed record Location(HostLocation Allowed) : TemplateStep;

    /// <summary><c>$M $N</c> (source) and <c>$Q $C</c> (destination); pending until the field ends.</summary>
    /// <param name="Name">null for <c>$1M</c> and <c>$1N</c>: an internal reprocessing channel.</param>
    public sealed record ChannelTest(bool Source, bool Wanted, ImmutableArray<TemplateStep>? Name) : TemplateStep;

    /// <summary><c>$V $Z</c>: a domain is, or is not, one of the directory's; pending until the field ends.</summary>
    public sealed record LocalDomainTest(bool Wanted, ImmutableArray<TemplateStep> Domain) : TemplateStep;

    /// <summary><c>$1~</c>: the pending channel tests now; if they fail, the template ends here and succeeds.</summary>
    public sealed record Force : TemplateStep;

    /// <summary><c>$T</c>: the tag for the following look-ups of this address.</summary>
    public sealed record Tag(ImmutableArray<TemplateStep> Value) : TemplateStep;

    /// <summary><c>$?</c>: the text of the failure, if the host leads to no channel.</summary>
    /// <param name="Code">seven digits <c>abbbccc</c> for a.bbb.ccc, or null.</param>
    public sealed record FailureText(int? Code, ImmutableArray<TemplateStep> Value) : TemplateStep;
}
