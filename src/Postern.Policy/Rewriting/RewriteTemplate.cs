using System.Collections.Immutable;

namespace Postern.Policy.Rewriting;

/// <summary>A template parsed once, when the configuration is loaded.</summary>
/// <param name="Steps">in the order of writing.</param>
public sealed record RewriteTemplate(ImmutableArray<TemplateStep> Steps)
{
    /// <summary>Conditions that exclude each other (<c>$E$B</c>, <c>$F$R</c>): the rule never applies.</summary>
    public bool NeverApplies =>
        Steps.OfType<TemplateStep.InEnvelope>().Select(s => s.Wanted).Distinct().Count() > 1
        || Steps.OfType<TemplateStep.Direction>().Select(s => s.Forward).Distinct().Count() > 1;

    /// <summary><c>A%B</c>, as far as the template itself tells.</summary>
    public bool Repeats => Steps.OfType<TemplateStep.Separator>().ToArray() is [{ Mark: '%' }];

    /// <summary>The channel tag that stands in the text itself, or null when it is computed or there is none.</summary>
    public string? LiteralTag
    {
        get
        {
            int last = -1;
            for (int i = 0; i < Steps.Length; i++)
            {
                if (Steps[i] is TemplateStep.Separator { Mark: '@' }) last = i;
            }

            return last >= 0 && Steps.Skip(last + 1).Where(s => s is not (TemplateStep.Direction or TemplateStep.InEnvelope or TemplateStep.Location or TemplateStep.ChannelTest
                    or TemplateStep.Tag or TemplateStep.LocalDomainTest or TemplateStep.FailureText))
                .ToArray() is [TemplateStep.Text text]
                ? text.Value
                : null;
        }
    }
}
