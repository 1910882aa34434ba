using Microsoft.Extensions.Logging;

namespace Postern.Server.Tests.Harness;

/// <summary>Keeps what is logged, a text an entry.</summary>
internal sealed class LogLines : ILogger
{
    public List<string> Written { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Written.Add(formatter(state, exception));
}
