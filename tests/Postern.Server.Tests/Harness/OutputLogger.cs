using Microsoft.Extensions.Logging;

namespace Postern.Server.Tests.Harness;

/// <summary>Log lines go into the output of the test that caused them.</summary>
internal sealed class OutputLogger : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        TestContext.Current.TestOutputHelper?.WriteLine(formatter(state, exception));
}
