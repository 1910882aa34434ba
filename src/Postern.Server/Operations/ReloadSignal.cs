using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Postern.Server.Operations;

/// <summary>Runs a reload for each SIGHUP, off the signal's own thread; signals that come during a reload lead to one more.</summary>
public sealed class ReloadSignal : IAsyncDisposable
{
    private readonly Channel<bool> _asked = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly PosixSignalRegistration _registration;
    private readonly Task _worker;

    /// <param name="reload">must not throw.</param>
    public ReloadSignal(Action reload)
    {
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _asked.Writer.TryWrite(true);
        });
        _worker = Task.Run(async () =>
        {
            await foreach (bool _ in _asked.Reader.ReadAllAsync()) reload();
        });
    }

    public async ValueTask DisposeAsync()
    {
        _registration.Dispose();
        _asked.Writer.Complete();
        await _worker;
    }
}
