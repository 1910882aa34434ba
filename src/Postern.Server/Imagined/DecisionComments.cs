using System.Globalization;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Server.Operations;

namespace Postern.Server.Imagined;

/// <summary>Tells each decision of a typed session in comment lines, before the reply it led to.</summary>
internal sealed class DecisionComments(TypedOutput output) : IDecisionLog
{
    private SourceChannel? _source;

    public void Write(DecisionRecord record)
    {
        Source(record.Facts.Source);
        output.Comment(DecisionText.Summary(record));
        foreach (ExpandedRecipient copy in record.Decision.Recipients.IsDefault ? [] : record.Decision.Recipients)
            output.Comment($"  {copy.Channel}: {(copy.ReversePath.Length == 0 ? "<>" : copy.ReversePath)} -> {copy.Address}");
        if (record.Decision.Delay > TimeSpan.Zero) output.Comment(string.Create(CultureInfo.InvariantCulture, $"  after {record.Decision.Delay.TotalSeconds:0.##} s"));
    }

    /// <summary>Tells the source channel when it is another one than before.</summary>
    public void Source(SourceChannel source)
    {
        if (source.Current == _source?.Current && source.Reason == _source.Reason) return;
        _source = source;
        output.Comment($"source channel {source.Current}: {source.Reason}");
    }
}
