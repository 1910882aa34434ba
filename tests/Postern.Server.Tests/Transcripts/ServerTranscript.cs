namespace Postern.Server.Tests.Transcripts;

/// <summary>One dialogue of <c>tests/transcripts/server/*.smtp</c>; the form is described in tests/transcripts/README.md.</summary>
/// <param name="Where">file, line and title.</param>
/// <param name="Setting">the lines above the dialogue, key and value.</param>
/// <param name="Dialogue">the lines <c>C:</c>, <c>E:</c> and <c>S:</c>, as written.</param>
internal sealed record ServerTranscript(string Where, IReadOnlyList<(string Key, string Value)> Setting, IReadOnlyList<string> Dialogue)
{
    private static readonly string[] Keys = ["client", "service", "presumed", "rights", "option", "channel", "table", "file", "dns", "places"];

    public static IReadOnlyDictionary<string, ServerTranscript> ReadAll() =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "transcripts", "server"), "*.smtp")
            .Order(StringComparer.Ordinal)
            .SelectMany(p => Read(Path.GetFileName(p), File.ReadAllLines(p)))
            .ToDictionary(t => t.Where, StringComparer.Ordinal);

    public IEnumerable<string> All(string key) => Setting.Where(s => s.Key == key).Select(s => s.Value);

    private static IEnumerable<ServerTranscript> Read(string file, string[] lines)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length == 0) continue;
            if (!lines[i].StartsWith("# ", StringComparison.Ordinal)) throw new InvalidDataException($"{file}:{i + 1}: a dialogue begins with \"# title - source\"");
            string where = $"{file}:{i + 1} {lines[i][2..]}";
            List<(string, string)> setting = [];
            List<string> dialogue = [];
            for (i++; i < lines.Length && lines[i].Length > 0; i++)
            {
                string key = lines[i].Split(':')[0];
                if (key is "C" or "S" or "E") dialogue.Add(lines[i]);
                else if (Keys.Contains(key)) setting.Add((key, lines[i][(key.Length + 1)..].Trim()));
                else throw new InvalidDataException($"{file}:{i + 1}: unknown key \"{key}\"");
            }

            yield return new ServerTranscript(where, setting, dialogue);
        }
    }
}
