namespace Postern.Mapping.Text;

/// <summary>An error keeps a configuration from becoming live; a warning does not.</summary>
public enum DiagnosticSeverity
{
    Warning,
    Error,
}
