using System.Text.RegularExpressions;
using Xunit;

namespace Postern.Policy.Tests.Access;

/// <summary>A conformance table whose columns are separated by two or more blanks. <c>#</c> begins a comment line, "-" is an empty column.</summary>
internal sealed partial class CaseTable
{
    private readonly Dictionary<string, Row> _rows = new(StringComparer.Ordinal);

    private CaseTable(string file)
    {
        string[]? columns = null;
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            if (line.Length == 0 || line[0] == '#') continue;
            string[] cells = Columns().Split(line.Trim());
            if (columns is null)
            {
                columns = cells;
                continue;
            }

            Assert.True(cells.Length == columns.Length, $"{file}:{number}: {cells.Length} columns instead of {columns.Length}");
            Assert.True(_rows.TryAdd(cells[0], new Row(file, number, columns, cells)), $"{file}:{number}: \"{cells[0]}\" stands twice");
        }

        Assert.NotEmpty(_rows);
    }

    public IEnumerable<string> Names => _rows.Keys;

    public Row this[string name] => _rows[name];

    /// <param name="name">below <c>conformance/</c>.</param>
    public static CaseTable Read(string name) => new(Path.Combine(AppContext.BaseDirectory, "conformance", name));

    [GeneratedRegex(" {2,}")]
    private static partial Regex Columns();

    public sealed record Row(string File, int Line, string[] Columns, string[] Cells)
    {
        public string this[string column] => Cells[Array.IndexOf(Columns, column) is var i and >= 0 ? i : throw new InvalidDataException($"{File} has no column {column}")] is var cell and not "-" ? cell : "";

        public override string ToString() => $"{File}:{Line}: {Cells[0]}";
    }
}
