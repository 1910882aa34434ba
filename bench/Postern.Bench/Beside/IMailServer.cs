namespace Postern.Bench.Beside;

/// <summary>A running mail server whose work is measured from outside.</summary>
internal interface IMailServer : IDisposable
{
    string Name { get; }

    /// <summary>On 127.0.0.1.</summary>
    int Port { get; }

    /// <summary>All its processes.</summary>
    ProcessTree Processes { get; }
}
