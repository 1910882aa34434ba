namespace Postern.Mapping.Tables;

/// <summary>One piece of a template, in the order of writing.</summary>
public abstract record TemplatePart
{
    private TemplatePart()
    {
    }

    /// <summary>Whether the part can make its entry fail.</summary>
    public virtual bool CanFail => false;

    /// <summary>Text that stands for itself.</summary>
    public sealed record Literal(string Text) : TemplatePart;

    /// <summary><c>$0</c>-<c>$9</c>: a field of the pattern, in its original case.</summary>
    public sealed record Field(int Number) : TemplatePart;

    /// <summary><c>$\ $^ $_</c>: the case of what follows.</summary>
    public sealed record Case(LetterCase Value) : TemplatePart;

    /// <summary><c>$=</c>: substituted text that follows is quoted for an LDAP filter (RFC 4515 §3), to the end of the template.</summary>
    public sealed record QuoteForFilter : TemplatePart;

    /// <summary><c>$C $L $R $E</c>.</summary>
    public sealed record Control(Evaluation.MappingControl Value) : TemplatePart;

    /// <summary><c>$+1E</c>: the mapping ends here, the rest of the template is not read.</summary>
    public sealed record EndNow : TemplatePart;

    /// <summary><c>$:x</c> and <c>$;x</c>: go on only when the input flag is set, or clear.</summary>
    public sealed record InputTest(char Letter, bool Set) : TemplatePart
    {
        public override bool CanFail => true;
    }

    /// <summary><c>$?x?</c>: go on with a probability of x percent.</summary>
    public sealed record Chance(Template Percent) : TemplatePart
    {
        public override bool CanFail => true;
    }

    /// <summary><c>$#file|radix|width|modulus#</c>: the next number of a sequence file.</summary>
    /// <param name="Radix">2-36.</param>
    /// <param name="Width">the number is filled with zeros to this width; 0 when none was written.</param>
    /// <param name="Modulus">0 when none was written.</param>
    public sealed record Sequence(Template File, int Radix, int Width, ulong Modulus) : TemplatePart
    {
        public override bool CanFail => true;
    }

    /// <summary><c>$|table;argument|</c>: the argument mapped by another table, which must set <c>$Y</c>.</summary>
    public sealed record Table(Template Name, Template Argument) : TemplatePart
    {
        public override bool CanFail => true;
    }

    /// <summary><c>${key}</c>: the general text of the key, read as template text again.</summary>
    public sealed record GeneralText(Template Key) : TemplatePart
    {
        public override bool CanFail => true;
    }

    /// <summary><c>$]url[</c>: the value found by an LDAP URL.</summary>
    public sealed record Url(Template Text) : TemplatePart
    {
        public override bool CanFail => true;
    }

    /// <summary><c>$[name,argument]</c>: the answer of a routine, read as template text again.</summary>
    public sealed record Routine(string Name, Template Argument) : TemplatePart
    {
        public override bool CanFail => true;
    }

    /// <summary><c>$}domain,attribute{</c>: an attribute of a mail domain.</summary>
    public sealed record DomainAttribute(Template Domain, Template Attribute) : TemplatePart
    {
        public override bool CanFail => true;
    }

    /// <summary><c>$.text$.</c>: what a directory look-up yields when it cannot be answered now; null text (<c>$..</c>) takes it back.</summary>
    public sealed record IfUnavailable(Template? Text) : TemplatePart;

    /// <summary>A flag for the caller: another letter than those above, or <c>&lt; &gt; , !</c>.</summary>
    public sealed record Flag(char Value) : TemplatePart;
}
