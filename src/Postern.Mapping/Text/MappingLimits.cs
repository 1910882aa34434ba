namespace Postern.Mapping.Text;

/// <summary>Sizes in characters. Larger is an error when a file is read, and fails the entry when a string is mapped.</summary>
public static class MappingLimits
{
    public const int Pattern = 4096;
    public const int Template = 4096;
    public const int Line = 16_384;
    public const int Output = 65_536;

    // Administration Guide 6.3, "File Format".
    public const int StrictPattern = 256;
    public const int StrictTemplate = 1024;
    public const int StrictLine = 4096;

    /// <summary>Files included by included files: the mappings file may include three deep.</summary>
    public const int IncludeDepth = 3;

    /// <summary>Tables called by <c>$|table;arg|</c> within each other.</summary>
    public const int TableDepth = 10;

    /// <summary>Template text answered by template text that was answered.</summary>
    public const int RescanDepth = 10;

    /// <summary>Restarts in a row that do not make the string shorter (Administration Guide 6.3, "Processing Control").</summary>
    public const int Restarts = 10;

    /// <summary>Templates carried out in one evaluation, called tables and answered text included; more is a fault.</summary>
    public const int Templates = 10_000;
}
