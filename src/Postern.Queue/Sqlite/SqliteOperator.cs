using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>
/// What operators do to recipients. A message that cannot be decoded is left as it is, so that somebody may repair it;
/// only a deletion takes it away, which needs to understand nothing of it.
/// </summary>
internal static class SqliteOperator
{
    public static OperatorOutcome Apply(SqlSession session, ImmutableArray<RecipientKey> recipients, OperatorAction action)
    {
        OperatorOutcome outcome = new(0, 0);
        ImmutableArray<RecipientKey>.Builder changed = ImmutableArray.CreateBuilder<RecipientKey>();
        foreach (IGrouping<long, RecipientKey> ofMessage in recipients.GroupBy(key => QueueNumbers.MessageOfCopy(key.CopyId)))
        {
            try
            {
                if (SqliteRows.Message(session, ofMessage.Key) is not { } message) continue;
                foreach (RecipientKey key in ofMessage)
                {
                    OperatorOutcome one = Apply(session, key, action, message.Envelope.Received);
                    if (one.Changed > 0) changed.Add(key);
                    outcome += one;
                }
            }
            catch (QueueReadException)
            {
                outcome += action is OperatorAction.Delete ? Drop(session, ofMessage) : new OperatorOutcome(0, 0, ofMessage.Count());
            }

            SqliteRows.RemoveIfDone(session, ofMessage.Key);
        }

        return outcome with { Keys = changed.ToImmutable() };
    }

    private static OperatorOutcome Apply(SqlSession session, RecipientKey key, OperatorAction action, DateTimeOffset received)
    {
        if (SqliteRows.Recipient(session, key) is not var (channel, recipient)) return new OperatorOutcome(0, 0);
        if (recipient.State == RecipientState.Claimed) return new OperatorOutcome(0, 1);
        if (RecipientTransitions.Applied(recipient, action, received) is not { } after) return new OperatorOutcome(0, 0);
        SqliteRows.Update(session, key.CopyId, channel, recipient, after);
        return new OperatorOutcome(1, 0);
    }

    private static OperatorOutcome Drop(SqlSession session, IEnumerable<RecipientKey> keys)
    {
        int dropped = 0;
        foreach (RecipientKey key in keys)
        {
            using (SqlRows row = session.Query("SELECT channel, host, state, attempts FROM recipient WHERE copy = $1 AND number = $2 AND state <> 1", key.CopyId, (long)key.Number))
            {
                if (!row.Read()) continue;
                session.Totals.Moved(row, RecipientState.Failed);
            }

            dropped += session.Execute("UPDATE recipient SET state = 4, owed = 0 WHERE copy = $1 AND number = $2", key.CopyId, (long)key.Number);
        }

        return new OperatorOutcome(dropped, 0);
    }
}
