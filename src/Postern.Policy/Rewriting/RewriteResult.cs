using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Policy.Rewriting;

/// <summary>What rewriting made of an address.</summary>
/// <param name="Steps">the rules and tables on the way, for the explanation.</param>
public abstract record RewriteResult(ImmutableArray<ExplanationStep> Steps)
{
    /// <param name="Host">the routing host, which led to the channel.</param>
    public sealed record Success(Mailbox Address, ChannelDefinition Channel, string Host, ImmutableArray<ExplanationStep> Steps) : RewriteResult(Steps);

    /// <param name="IsTransient">it may succeed later.</param>
    /// <param name="Text">a rule's own text (<c>$?</c>), or the default one.</param>
    public sealed record Failure(EnhancedCode Status, bool IsTransient, string Text, ImmutableArray<ExplanationStep> Steps) : RewriteResult(Steps)
    {
        /// <summary>The first callout without an answer: rewrite again with it. Until then the failure is transient. Null: nothing is open.</summary>
        public Callout? Pending { get; init; }
    }
}
