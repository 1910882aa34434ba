using System.Collections.Immutable;
using System.Globalization;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Patterns;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;

namespace Postern.Cli.Tests.Documents;

/// <summary>
/// Runs the examples of mapping tables on a page. Columns are set apart by two or more blanks; <c>""</c> is an empty text.
/// <list type="bullet">
/// <item><c>```mapping</c>: a mappings file. <c>```findings</c> behind it lists what loading it says; without that it must load silently.</item>
/// <item><c>```file NAME</c>: a file that the mapping blocks behind it may include.</item>
/// <item><c>```texts</c>: the general text table of the mapping blocks behind it: a key, white space, a text.</item>
/// <item><c>```probe</c>: lines <c>[TABLE]  input  [flags LETTERS]  =>  output  [FLAGS]</c> for the mapping block before it; without a table its
/// first one is asked. Other answers are <c>no match</c>, <c>asks …</c> and <c>cannot tell</c>.</item>
/// <item><c>```pattern</c>: lines <c>pattern  text  =>  $0=field  $1=field</c>, or <c>match</c> where nothing is saved, <c>no match</c>, <c>error</c>.</item>
/// </list>
/// </summary>
internal sealed class TableExamples
{
    private readonly string _page;
    private readonly List<string> _failures = [];
    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);
    private ImmutableDictionary<string, string> _texts = MappingOptions.Default.GeneralText;
    private MappingSet _set = MappingSet.Empty;

    private TableExamples(string page) => _page = page;

    /// <summary>How many lines were compared.</summary>
    public int Compared { get; private set; }

    /// <summary>One text for each example that does not do what the page says.</summary>
    public IReadOnlyList<string> Failures => _failures;

    public static TableExamples Run(string page, string text)
    {
        TableExamples examples = new(page);
        FencedBlock[] blocks = [.. FencedBlock.In(text)];
        for (int i = 0; i < blocks.Length; i++)
            examples.Run(blocks[i], i + 1 < blocks.Length ? blocks[i + 1] : null);
        return examples;
    }

    private void Run(FencedBlock block, FencedBlock? next)
    {
        switch (block.Kind)
        {
            case "mapping":
                List<Diagnostic> diagnostics = [];
                _files["mappings"] = block.Text;
                _set = MappingSet.Load(new PageFiles(_files), "mappings", MappingOptions.Default with { GeneralText = _texts }, diagnostics);
                string wanted = next is { Kind: "findings" } ? next.Text : "";
                Compare(block.Line, "findings", wanted, string.Concat(diagnostics.OrderBy(d => d.Line).Select(d => $"{d}\n")));
                break;
            case "texts":
                foreach (string[] pair in block.Lines.Select(l => l.Split((char[])[' ', '\t'], 2))) _texts = _texts.SetItem(pair[0], pair[1].Trim());
                break;
            case ['f', 'i', 'l', 'e', ' ', .. var name]:
                _files[name] = block.Text;
                break;
            case "probe":
                ForEachLine(block, Probe);
                break;
            case "pattern":
                ForEachLine(block, MatchPattern);
                break;
        }
    }

    private void ForEachLine(FencedBlock block, Func<ImmutableArray<string>, string> answer)
    {
        for (int i = 0; i < block.Lines.Length; i++)
        {
            ImmutableArray<string> columns = [.. block.Lines[i].Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
            int arrow = columns.IndexOf("=>");
            if (arrow < 1) _failures.Add($"{_page}:{block.Line + i + 1}: no \"=>\" between two blanks each");
            else Compare(block.Line + i + 1, block.Lines[i], string.Join("  ", columns[(arrow + 1)..]), answer([.. columns[..arrow].Select(c => c == "\"\"" ? "" : c)]));
        }
    }

    private string Probe(ImmutableArray<string> columns)
    {
        InputFlags flags = InputFlags.None;
        if (columns[^1].StartsWith("flags ", StringComparison.Ordinal))
        {
            flags = InputFlags.Parse(columns[^1]["flags ".Length..]);
            columns = columns[..^1];
        }

        MappingTable? table = columns.Length > 1 ? _set.Find(columns[0]) : _set.Tables.FirstOrDefault();
        if (table is null) return "no such table";
        return MappingEvaluator.Map(table, columns[^1], new MappingContext(_set, flags, CalloutAnswers.Empty, () => 0.5)) switch
        {
            MappingResult.NoMatch or MappingResult.Match { AllFailed: true } => "no match",
            MappingResult.Match { Output: "" } match => $"[{match.Flags}]",
            MappingResult.Match { Flags.IsEmpty: true } match => match.Output,
            MappingResult.Match match => $"{match.Output}  [{match.Flags}]",
            MappingResult.NeedsCallout { Callout: var callout } => $"asks {callout.Kind} {callout.Name} {callout.Argument}".Replace("  ", " ", StringComparison.Ordinal).TrimEnd().ToLower(CultureInfo.InvariantCulture),
            _ => "cannot tell",
        };
    }

    private static string MatchPattern(ImmutableArray<string> columns)
    {
        if (!Pattern.TryParse(columns[0], default, [], out Pattern? pattern)) return "error";
        string text = columns[^1];
        PatternMatch match = pattern.Match(text);
        if (!match.IsMatch) return match.Outcome == PatternOutcome.NoMatch ? "no match" : "cannot tell";
        return match.FieldCount == 0 ? "match" : string.Join("  ", match.Texts(text).Select((field, i) => $"${i}={field}"));
    }

    private void Compare(int line, string example, string wanted, string got)
    {
        Compared++;
        if (wanted != got) _failures.Add($"{_page}:{line}: {example}\n  the page says: {wanted}\n  it gives:      {got}");
    }

    private sealed class PageFiles(Dictionary<string, string> files) : ISourceFiles
    {
        public string? Read(string path, out string? fault)
        {
            fault = files.ContainsKey(path) ? null : "file not found";
            return files.GetValueOrDefault(path);
        }

        public bool Exists(string path) => files.ContainsKey(path);
    }
}
