namespace Postern.Smtp.Tests.Transcripts;

/// <summary>One dialogue of a <c>.smtp</c> file; the form is described in tests/transcripts/README.md.</summary>
/// <param name="Where">file, line and title.</param>
/// <param name="Dialogue">the lines <c>C:</c>, <c>E:</c> and <c>S:</c>, as written.</param>
internal sealed record Transcript(string Where, IReadOnlyList<string> Configuration, IReadOnlyList<string> Policy, IReadOnlyList<string> Dialogue)
{
    public static IReadOnlyDictionary<string, Transcript> ReadAll() =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "transcripts"), "*.smtp")
            .Order(StringComparer.Ordinal)
            .SelectMany(p => Read(Path.GetFileName(p), File.ReadAllLines(p)))
            .ToDictionary(t => t.Where, StringComparer.Ordinal);

    public static IEnumerable<Transcript> Read(string file, string[] lines)
    {
        int i = 0;
        while (true)
        {
            while (i < lines.Length && lines[i].Length == 0) i++;
            if (i == lines.Length) yield break;
            if (!lines[i].StartsWith("# ", StringComparison.Ordinal)) throw new InvalidDataException($"{file}:{i + 1}: a dialogue begins with \"# title - source\"");
            string where = $"{file}:{i + 1} {lines[i][2..]}";
            List<string> configuration = [];
            List<string> policy = [];
            List<string> dialogue = [];
            for (i++; i < lines.Length && lines[i].Length > 0; i++)
            {
                string value = lines[i][(lines[i].IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
                switch (lines[i].Split(':')[0])
                {
                    case "config":
                        configuration.AddRange(value.Split(' '));
                        break;
                    case "policy":
                        policy.Add(value);
                        break;
                    case "C" or "S" or "E":
                        dialogue.Add(lines[i]);
                        break;
                    default:
                        throw new InvalidDataException($"{file}:{i + 1}: unknown key \"{lines[i]}\"");
                }
            }

            yield return new Transcript(where, configuration, policy, dialogue);
        }
    }
}
