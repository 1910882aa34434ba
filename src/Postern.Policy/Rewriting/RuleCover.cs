namespace Postern.Policy.Rewriting;

/// <summary>Whether a rule leaves anything to a later one of the same pattern. Errs on the side of "it does".</summary>
internal static class RuleCover
{
    public static bool AlwaysApplies(RewriteRule rule) => CannotFail(rule) && Scope.Of(rule).IsOpen;

    /// <returns>whether every address that <paramref name="later"/> may apply to is taken by <paramref name="earlier"/>.</returns>
    public static bool Covers(RewriteRule earlier, RewriteRule later) => CannotFail(earlier) && Scope.Of(earlier).Contains(Scope.Of(later));

    private static bool CannotFail(RewriteRule rule)
    {
        int separators = 0;
        bool isText = false;
        foreach (TemplateStep step in rule.Template.Steps)
        {
            switch (step)
            {
                case TemplateStep.Separator:
                    if (!isText) return false;
                    separators++;
                    isText = false;
                    break;
                case TemplateStep.Text:
                    isText = true;
                    break;
                case TemplateStep.User { Part: not UserPart.Subaddress }:
                    isText |= separators == 0;
                    break;
                case TemplateStep.Host { Drop: 0 } host:
                    isText |= IsText(rule.Key, host.Matched);
                    break;
                case TemplateStep.User or TemplateStep.Host or TemplateStep.Literal or TemplateStep.Case or TemplateStep.Character:
                case TemplateStep.InEnvelope or TemplateStep.Direction or TemplateStep.Location:
                case TemplateStep.Tag { Value: [TemplateStep.Text] } or TemplateStep.FailureText { Value: [] or [TemplateStep.Text] }:
                    break;
                default:
                    return false;
            }
        }

        return isText || separators == 0;
    }

    /// <summary>Whether <c>$H</c> (<c>$D</c>) of the pattern is never empty.</summary>
    private static bool IsText(string key, bool matched)
    {
        string body = key[(key.LastIndexOf('|') + 1)..];
        bool isWildcard = body.StartsWith('.') || body.StartsWith('*');
        bool isAny = body is "$*" or "$%" or "$!";
        return matched ? !isAny && !body.EndsWith('*') && !body.StartsWith('[') : isAny || isWildcard;
    }

    /// <summary>The addresses that the conditions of a rule admit; null and none stand for any.</summary>
    private readonly record struct Scope(bool? Envelope, bool? Forward, HostLocation Places)
    {
        private const HostLocation Anywhere = HostLocation.Route | HostLocation.At | HostLocation.Percent | HostLocation.Bang;

        public bool IsOpen => Envelope is null && Forward is null && Places == Anywhere;

        public static Scope Of(RewriteRule rule)
        {
            Scope scope = new(null, null, Anywhere);
            foreach (TemplateStep step in rule.Template.Steps)
            {
                scope = step switch
                {
                    TemplateStep.InEnvelope { Wanted: var wanted } => scope with { Envelope = wanted },
                    TemplateStep.Direction { Forward: var forward } => scope with { Forward = forward },
                    TemplateStep.Location { Allowed: var allowed } => scope with { Places = allowed },
                    _ => scope,
                };
            }

            return scope;
        }

        public bool Contains(Scope other) =>
            (Envelope is null || Envelope == other.Envelope) && (Forward is null || Forward == other.Forward) && (other.Places & ~Places) == HostLocation.None;
    }
}
