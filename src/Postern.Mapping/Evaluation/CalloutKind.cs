namespace Postern.Mapping.Evaluation;

/// <summary>Who is asked by a callout.</summary>
public enum CalloutKind
{
    /// <summary><c>$[name,argument]</c>: a named routine of the server; the text it answers is read as template text again.</summary>
    Routine,

    /// <summary><c>$]url[</c>: an LDAP URL without its host part; the first value found is the answer.</summary>
    Url,

    /// <summary><c>$}domain,attribute{</c>: the first value of an attribute of a mail domain.</summary>
    DomainAttribute,

    /// <summary><c>$#file|…#</c>: the next number of a sequence file, answered in decimal digits.</summary>
    Sequence,

    /// <summary>No part of a template: an LDAP URL that the caller of the mapping asks for on its own behalf; all entries found are the answer.</summary>
    Directory,
}
