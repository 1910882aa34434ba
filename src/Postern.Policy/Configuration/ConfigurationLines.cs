using System.Collections.Immutable;
using System.Text;
using Postern.Mapping.Text;

namespace Postern.Policy.Configuration;

// Physical lines become logical ones in a fixed order, which is what makes a comment inside a channel block harmless:
// comment lines vanish first, so they are neither blank nor an end of a continuation; then includes are spliced in;
// then a trailing "\" joins the next line as it stands, leading white space kept.
//
// The mappings file has rules of its own (Postern.Mapping.Text.LogicalLineReader): it joins before it looks at column 1.
//
//   comment      = "!" in column 1
//   include      = "<" in column 1, rest of the line is a path; at most three levels
//   continuation = "\" as the last character
//
// Cost: one pass over the text. Limit: a "\" followed by white space does not continue; it is data.

/// <summary>Reads a configuration file and what it includes into logical lines.</summary>
public static class ConfigurationLines
{
    /// <summary>Levels of includes below the main file (Administration Reference 6.3, ch. 4).</summary>
    public const int MaximumDepth = 3;

    /// <summary>Characters of a line after joining.</summary>
    public const int MaximumLength = 8192;

    /// <summary>Never throws on bad text. Blank lines are kept, comments are not.</summary>
    /// <param name="limits">null for <see cref="MaximumLength"/> alone.</param>
    /// <returns>empty with an error among the diagnostics when the file cannot be read.</returns>
    public static ImmutableArray<LogicalLine> Read(ISourceFiles files, string path, ICollection<Diagnostic> diagnostics, LineLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(diagnostics);
        Reading reading = new(files, diagnostics, limits ?? LineLimits.Default);
        if (files.Read(path, out string? fault) is not { } text)
        {
            diagnostics.Add(Diagnostic.Error(new SourcePosition(path, 0), $"cannot be read: {fault}"));
            return [];
        }

        reading.Take(path, text);
        return reading.Finish();
    }

    private sealed class Reading(ISourceFiles files, ICollection<Diagnostic> diagnostics, LineLimits limits)
    {
        private readonly ImmutableArray<LogicalLine>.Builder _lines = ImmutableArray.CreateBuilder<LogicalLine>();
        private readonly Stack<string> _open = new();
        private SourcePosition? _start;
        private readonly StringBuilder _joined = new();

        public void Take(string path, string text)
        {
            _open.Push(path);
            ReadOnlySpan<char> rest = text.AsSpan(text.StartsWith('\uFEFF') ? 1 : 0);
            for (int number = 1; !rest.IsEmpty; number++)
            {
                int end = rest.IndexOf('\n');
                ReadOnlySpan<char> physical = (end < 0 ? rest : rest[..end]).TrimEnd('\r');
                rest = end < 0 ? [] : rest[(end + 1)..];
                SourcePosition at = new(path, number);
                if (physical.StartsWith('!')) continue;
                if (physical.StartsWith('<')) Include(at, physical[1..].Trim().ToString());
                else Append(at, physical);
            }

            _open.Pop();
        }

        /// <summary>A continuation that the end of the file cuts off ends there.</summary>
        public ImmutableArray<LogicalLine> Finish()
        {
            if (_start is { } start) Emit(start);
            return _lines.ToImmutable();
        }

        private void Append(SourcePosition at, ReadOnlySpan<char> physical)
        {
            if (physical.Length > limits.Physical)
                diagnostics.Add(Diagnostic.Error(at, $"line is longer than {limits.Physical} characters; continue it with \"\\\" behind a comma"));
            _start ??= at;
            bool continues = physical.EndsWith('\\');
            if (_joined.Length <= limits.Logical) _joined.Append(continues ? physical[..^1] : physical);
            if (!continues) Emit(_start.Value);
        }

        private void Emit(SourcePosition start)
        {
            if (_joined.Length > limits.Logical)
                diagnostics.Add(Diagnostic.Error(start, $"line is longer than {limits.Logical} characters"));
            else
                _lines.Add(new LogicalLine(start, _joined.ToString()));
            _start = null;
            _joined.Clear();
        }

        private void Include(SourcePosition at, string path)
        {
            if (path.Length == 0 || path.Any(char.IsControl))
            {
                diagnostics.Add(Diagnostic.Error(at, $"\"{Printable.Of(path)}\" is no file name to include"));
                return;
            }

            string resolved = Resolve(at.File, path);
            if (_open.Contains(resolved))
                diagnostics.Add(Diagnostic.Error(at, $"\"{path}\" includes itself"));
            else if (_open.Count > MaximumDepth)
                diagnostics.Add(Diagnostic.Error(at, $"\"{path}\" is included more than {MaximumDepth} levels deep"));
            else if (files.Read(resolved, out string? fault) is not { } text)
                diagnostics.Add(Diagnostic.Error(at, $"cannot include \"{path}\": {fault}"));
            else
                Take(resolved, text);
        }

        /// <summary>A relative path starts at the including file's directory.</summary>
        private static string Resolve(string includer, string path)
        {
            int slash = includer.LastIndexOf('/');
            return path.StartsWith('/') || slash < 0 ? path : $"{includer[..(slash + 1)]}{path}";
        }
    }
}
