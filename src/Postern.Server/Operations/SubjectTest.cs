using Postern.Queue;

namespace Postern.Server.Operations;

/// <summary>Whether the Subject of a message has a text in it, decoded (RFC 2047), letter case ignored.</summary>
/// <param name="Pattern">with <c>*</c>, which is any text, it stands for the whole Subject; "" is a message without one.</param>
public sealed record SubjectTest(string Pattern) : ContentTest
{
    public override async ValueTask<bool> HoldsAsync(Stream content, CancellationToken cancellationToken)
    {
        string subject = await SubjectReader.ReadAsync(content, cancellationToken);
        return Pattern.Length == 0 || Pattern.Contains('*', StringComparison.Ordinal)
            ? TextPattern.Matches(Pattern, subject)
            : subject.Contains(Pattern, StringComparison.OrdinalIgnoreCase);
    }
}
