using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Postern.Server.Tests.Harness;

/// <summary>A log whose lines a test can read.</summary>
internal sealed class KeptLog : ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _written = new(0);

    public IReadOnlyList<string> Lines => [.. _lines];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue(formatter(state, exception));
        _written.Release();
    }

    /// <summary>Until so many lines hold the text; for one who waits.</summary>
    public async Task HoldsAsync(int count, string text, CancellationToken cancellationToken)
    {
        while (_lines.Count(l => l.Contains(text, StringComparison.Ordinal)) < count) await _written.WaitAsync(cancellationToken);
    }
}
