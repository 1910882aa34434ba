using Postern.Mapping.Text;
using Postern.Server.Listening;

namespace Postern.Server.Operations;

/// <summary>
/// Takes over renewed certificates without a reload. Every <see cref="Interval"/> the files are looked at; when they have changed and two
/// looks in a row find them the same, all are read: a certificate and its key are seldom written at once. What cannot be used
/// leaves the old ones in force and is told, once for each change.
/// </summary>
/// <param name="files">of the configuration in force.</param>
/// <param name="report">hears of each reading; null is success, else why not.</param>
public sealed class CertificateWatch(Func<TlsFiles> files, TlsIdentity tls, TimeProvider time, Action<Diagnostic?> report)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private string? _taken;
    private string? _seen;

    /// <summary>The first look; what is in the files now counts as read. Called before they are.</summary>
    public void Begin() => _taken = _seen = files().Stamp();

    /// <summary>Runs until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping)) Look();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The ordinary end.
        }
    }

    /// <summary>One look. Not to be called concurrently.</summary>
    public void Look()
    {
        TlsFiles now = files();
        string stamp = now.Stamp();
        if (stamp == _seen && stamp != _taken)
        {
            _taken = stamp;
            tls.TryLoad(now, out Diagnostic? fault);
            report(fault);
        }

        _seen = stamp;
    }
}
