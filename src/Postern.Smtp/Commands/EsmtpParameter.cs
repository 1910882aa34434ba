namespace Postern.Smtp.Commands;

/// <summary>One parameter of MAIL or RCPT; <c>default</c> is one that is malformed.</summary>
/// <param name="Keyword">upper case.</param>
/// <param name="Value">null without <c>=</c>.</param>
internal readonly record struct EsmtpParameter(string Keyword, string? Value)
{
    public bool IsWellFormed => Keyword is not null;
}
