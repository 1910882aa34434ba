using System.Buffers;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tables;

/// <summary>
/// Reads the lines of a mappings file and of its includes into tables. An include is textual: it may hold whole tables or entries
/// of the table it stands in, so the place in the file (before a table, in its head, among its entries, behind it) outlives it.
/// </summary>
internal sealed class MappingLoader(ISourceFiles files, MappingOptions options, ICollection<Diagnostic> diagnostics)
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

    private readonly List<TableBuilder> _tables = [];
    private readonly List<string> _open = [];
    private TableBuilder? _table;
    private Place _place = Place.Outside;

    private enum Place
    {
        /// <summary>Before the first table.</summary>
        Outside,

        /// <summary>Behind a table name, no blank line yet.</summary>
        Head,

        /// <summary>Behind the blank line, no entry yet.</summary>
        Body,

        /// <summary>Behind an entry.</summary>
        Entries,

        /// <summary>Behind the blank line that ended the entries.</summary>
        Closed,
    }

    public MappingSet Load(string path)
    {
        ReadFile(path, new SourcePosition(path, 0));
        HashSet<string> names = new(_tables.Select(t => t.Name), StringComparer.OrdinalIgnoreCase);
        Dictionary<string, MappingTable> tables = new(StringComparer.OrdinalIgnoreCase);
        List<MappingTable> inOrder = [];
        foreach (TableBuilder builder in _tables)
        {
            MappingTable table = builder.Build(names, diagnostics);
            if (tables.TryAdd(table.Name, table))
                inOrder.Add(table);
            else
                Error(table.Position, $"table \"{table.Name}\" is already defined at {tables[table.Name].Position}");
        }

        return new MappingSet([.. inOrder], options);
    }

    private void ReadFile(string path, SourcePosition from)
    {
        string? text = files.Read(path, out string? fault);
        if (text is null)
        {
            Error(from, from.Line == 0 ? fault ?? "cannot be read" : $"cannot include \"{path}\": {fault ?? "cannot be read"}");
            return;
        }

        _open.Add(Normal(path));
        foreach (LogicalLine line in LogicalLineReader.Read(path, text, diagnostics))
            ReadLine(line);

        _open.RemoveAt(_open.Count - 1);
    }

    private void ReadLine(LogicalLine line)
    {
        if (line.IsComment)
            return;

        if (TooLong(line.Position, "line", line.Text.Length, MappingLimits.Line, MappingLimits.StrictLine))
            return;

        if (line.IsInclude)
            Include(line);
        else if (line.IsBlank)
            ReadBlank();
        else if (line.IsEntry)
            ReadEntry(line);
        else if (char.IsAsciiLetter(line.Text[0]))
            ReadHeader(line);
        else
            Error(line.Position, $"\"{line.Text[0]}\" in column 1 begins neither a table name nor a comment nor an include; an entry must be indented");
    }

    private void Include(LogicalLine line)
    {
        string name = line.Text[1..].Trim(' ', '\t');
        if (name.Length == 0)
        {
            Error(line.Position, "\"<\" must be followed by a file name");
            return;
        }

        string path = Normal(Path.IsPathRooted(name) ? name : Path.Combine(Path.GetDirectoryName(line.Position.File) ?? "", name));
        if (_open.Contains(path, StringComparer.Ordinal))
            Error(line.Position, $"\"{name}\" includes itself");
        else if (_open.Count > MappingLimits.IncludeDepth)
            Error(line.Position, $"\"{name}\" is included more than {MappingLimits.IncludeDepth} levels deep");
        else
            ReadFile(path, line.Position);
    }

    // "a/./b/../c" and "a/c" are one file, so that a cycle is seen at its first turn.
    private static string Normal(string path)
    {
        List<string> parts = [];
        foreach (string part in path.Split('/'))
        {
            if (part == ".." && parts.Count > 0 && parts[^1] is not ("" or ".."))
                parts.RemoveAt(parts.Count - 1);
            else if (part != "." && (part.Length > 0 || parts.Count == 0))
                parts.Add(part);
        }

        return string.Join('/', parts);
    }

    private void ReadBlank() => _place = _place switch
    {
        Place.Head => Place.Body,
        Place.Entries => Place.Closed,
        _ => _place,
    };

    private void ReadHeader(LogicalLine line)
    {
        string name = line.Text.TrimEnd(' ', '\t');
        if (name.AsSpan().IndexOfAnyExcept(NameCharacters) >= 0)
        {
            Error(line.Position, $"\"{name}\" is no table name; an entry must be indented");
            return;
        }

        if (_place is Place.Entries or Place.Head)
            Warning(line.Position, $"no blank line before table \"{name}\"");

        _table = new TableBuilder(name, line.Position);
        _tables.Add(_table);
        _place = Place.Head;
    }

    private void ReadEntry(LogicalLine line)
    {
        if (_table is null)
        {
            Error(line.Position, "an entry before the first table name");
            return;
        }

        if (_place == Place.Closed)
            Error(line.Position, $"a blank line ended table \"{_table.Name}\" before this entry");

        if (_place == Place.Head)
            Warning(line.Position, $"no blank line after table name \"{_table.Name}\"");

        _place = _place == Place.Closed ? Place.Closed : Place.Entries;
        EntryColumns columns = EntryColumns.Split(line.Text);
        if (columns.Rest.Length > 0)
            Warning(line.Position, $"\"{columns.Rest}\" behind the template is ignored; a space in a template is written \"$ \"");

        bool tooLong = TooLong(line.Position, "pattern", columns.Pattern.Length, MappingLimits.Pattern, MappingLimits.StrictPattern)
            | TooLong(line.Position, "template", columns.Template.Length, MappingLimits.Template, MappingLimits.StrictTemplate);
        if (!tooLong)
            _table.Add(line.Position, columns, options, diagnostics);
    }

    private bool TooLong(SourcePosition at, string what, int length, int limit, int strictLimit)
    {
        int allowed = options.StrictLimits ? strictLimit : limit;
        if (length > allowed)
            Error(at, $"the {what} has {length} characters, more than {allowed}");

        return length > allowed;
    }

    private void Error(SourcePosition at, string text) => diagnostics.Add(Diagnostic.Error(at, text));

    private void Warning(SourcePosition at, string text) => diagnostics.Add(Diagnostic.Warning(at, text));
}
