using System.Diagnostics;

namespace Postern.Cli.Tests.Harness;

/// <summary>Collects what a running program prints, line by line, from both streams.</summary>
public sealed class ServerOutput
{
    private readonly Lock _gate = new();
    private readonly List<string> _output = [];
    private readonly List<string> _error = [];

    public ServerOutput(Process process)
    {
        process.OutputDataReceived += (_, line) => Add(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Add(_error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public IReadOnlyList<string> Output => Copy(_output);

    public IReadOnlyList<string> Error => Copy(_error);

    public override string ToString() => $"--- output\n{string.Join('\n', Output)}\n--- error\n{string.Join('\n', Error)}";

    private void Add(List<string> lines, string? line)
    {
        if (line is null) return;
        lock (_gate) lines.Add(line);
    }

    private string[] Copy(List<string> lines)
    {
        lock (_gate) return [.. lines];
    }
}
