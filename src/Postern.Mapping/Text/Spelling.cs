namespace Postern.Mapping.Text;

/// <summary>Finds what a misspelled word was probably meant to be.</summary>
public static class Spelling
{
    private const int LongestWord = 64;

    /// <returns>the known word with the fewest edits, at most a third of its length; null when none is near.</returns>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentNullException.ThrowIfNull(known);
        if (word.Length > LongestWord) return null;
        string lower = word.ToLowerInvariant();
        (int Distance, string? Word) best = (int.MaxValue, null);
        foreach (string candidate in known)
        {
            int distance = Distance(lower, candidate.ToLowerInvariant());
            if (distance < best.Distance && distance <= Math.Max(1, candidate.Length / 3)) best = (distance, candidate);
        }

        return best.Word;
    }

    /// <summary>Edits (Levenshtein), two exchanged neighbours counting as one.</summary>
    private static int Distance(string a, string b)
    {
        int[] older = new int[b.Length + 1];
        int[] previous = new int[b.Length + 1];
        int[] current = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) previous[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(change, Math.Min(previous[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) current[j] = Math.Min(current[j], older[j - 2] + 1);
            }

            (older, previous, current) = (previous, current, older);
        }

        return previous[b.Length];
    }
}
