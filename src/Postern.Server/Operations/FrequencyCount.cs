namespace Postern.Server.Operations;

/// <summary>
/// Counts how often values come, without regard to case. Of so many different ones that the limit is passed the rarest are forgotten: what comes often
/// is found all the same, and <see cref="Missed"/> says by how much a count may be too low.
/// </summary>
/// <param name="limit">different values at a time.</param>
public sealed class FrequencyCount(int limit = FrequencyCount.DefaultLimit)
{
    public const int DefaultLimit = 100_000;

    private readonly Dictionary<string, int> _counts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>0: all counts are exact.</summary>
    public int Missed { get; private set; }

    /// <returns>the values that were forgotten to make room; mostly none.</returns>
    public IReadOnlyList<string> Add(string value)
    {
        IReadOnlyList<string> forgotten = [];
        if (!_counts.TryGetValue(value, out int count) && _counts.Count >= limit) forgotten = ForgetRarest();
        _counts[value] = count + 1;
        return forgotten;
    }

    /// <summary>The most frequent ones; of the same number in the order of the alphabet.</summary>
    public KeyValuePair<string, int>[] Top(int count) => [.. _counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Take(count)];

    private string[] ForgetRarest()
    {
        int rarest = _counts.Values.Min();
        Missed += rarest;
        string[] forgotten = [.. _counts.Where(c => c.Value == rarest).Select(c => c.Key)];
        foreach (string value in forgotten) _counts.Remove(value);
        return forgotten;
    }
}
