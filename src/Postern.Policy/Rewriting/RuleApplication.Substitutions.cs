using Postern.Mapping.Text;

namespace Postern.Policy.Rewriting;

/// <content>What comes from the address and the host (Administration Guide 6.3, 11.6).</content>
internal sealed partial class RuleApplication
{
    private const string UniqueCharacters = "abcdefghijklmnopqrstuvwxyz234567";
    private const int UniqueLength = 26;

    private string? Substitute(TemplateStep step) => step switch
    {
        TemplateStep.User { Part: var part } => Substituted(UserText(part)),
        TemplateStep.Host text => Substituted(Without(text.Matched ? match.Matched : match.Unmatched, text.Drop)),
        TemplateStep.Literal => Substituted(LiteralText()),
        TemplateStep.Label label => LabelOf(label) is { } text ? Substituted(text) : $"there is no label {label.Index}",
        TemplateStep.Character character => Substituted(address.ToString() is var text && character.Index < text.Length ? text[character.Index].ToString() : ""),
        TemplateStep.MailHost => "$nX, and users have no mail host",
        TemplateStep.Unique => Substituted(string.Create(UniqueLength, walk.Random, static (span, random) =>
        {
            for (int i = 0; i < span.Length; i++) span[i] = UniqueCharacters[(int)(random() * UniqueCharacters.Length)];
        })),
        _ => throw new InvalidOperationException($"no substitution for {step.GetType().Name}"),
    };

    private string? Substituted(string value)
    {
        value = _case switch
        {
            CaseMode.Lower => value.ToLowerInvariant(),
            CaseMode.Upper => value.ToUpperInvariant(),
            _ => value,
        };
        return Append(_quotesForFilter ? FilterValue.Escape(value) : value, isOurs: false);
    }

    private string UserText(UserPart part)
    {
        if (part == UserPart.Whole) return user;
        int plus = user.IndexOf('+', StringComparison.Ordinal);
        if (plus <= 0) return part == UserPart.WithoutSubaddress ? user : "";
        return part == UserPart.WithoutSubaddress ? user[..plus] : user[plus..];
    }

    /// <summary>A table is asked with the bare IPv6 address, as PORT_ACCESS is.</summary>
    private string LiteralText()
    {
        const string Tag = "IPv6:";
        string text = match.Literal;
        return _question == Question.Template && text.StartsWith(Tag, StringComparison.OrdinalIgnoreCase) ? text[Tag.Length..] : text;
    }

    private static string Without(string host, int labels)
    {
        if (labels == 0) return host;
        string[] parts = host.TrimStart('.').Split('.');
        return labels >= parts.Length ? "" : string.Join('.', parts[labels..]);
    }

    private string? LabelOf(TemplateStep.Label label)
    {
        string part = (label.Matched ? match.Matched : match.Unmatched).TrimStart('.');
        string[] labels = part.Length == 0 ? [] : part.Split('.');
        if (label.Index >= labels.Length) return null;
        return label.FromRight ? labels[^(label.Index + 1)] : labels[label.Index];
    }
}
