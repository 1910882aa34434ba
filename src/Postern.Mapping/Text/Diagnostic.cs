namespace Postern.Mapping.Text;

/// <summary>One finding about a configuration file, printed as <c>file:line: error: text</c>.</summary>
/// <param name="Line">1-based physical line; 0 when the finding is about the file as a whole.</param>
public sealed record Diagnostic(DiagnosticSeverity Severity, string File, int Line, string Text)
{
    public static Diagnostic Error(SourcePosition at, string text) => new(DiagnosticSeverity.Error, at.File, at.Line, text);

    public static Diagnostic Warning(SourcePosition at, string text) => new(DiagnosticSeverity.Warning, at.File, at.Line, text);

    public bool IsError => Severity == DiagnosticSeverity.Error;

    public override string ToString()
    {
        string kind = IsError ? "error" : "warning";
        return Line > 0 ? $"{File}:{Line}: {kind}: {Text}" : $"{File}: {kind}: {Text}";
    }
}
