using System.Buffers;
using System.Threading.Channels;

namespace Postern.Server.Logs;

// Sessions and deliveries hand their records over and go on; one task turns them into lines and writes those. INVARIANT: nobody
// who hands a record over ever waits for the disk. When the disk falls so far behind that Capacity records wait, further ones are
// lost, counted, and told once the log goes on; so are those whose write fails. What waits when the process is killed is lost too.
// Lines that wait together are written together: under a flood of refusals the writes would cost more than the refusals.

/// <summary>A log in a file of lines, written behind the backs of those who log.</summary>
/// <typeparam name="T">a record; immutable, for it is read later and by another thread.</typeparam>
public sealed class LineLog<T> : IAsyncDisposable
    where T : class
{
    /// <summary>So many records may wait.</summary>
    public const int Capacity = 16_384;

    /// <summary>Octets after which lines are written though more records wait.</summary>
    private const int BatchLimit = 32 * 1024;

    private readonly Channel<Item> _waiting;
    private readonly RotatingFile _file;
    private readonly Action<T, IBufferWriter<byte>> _format;
    private readonly Action<LogLoss> _onLoss;
    private readonly Task _writing;
    private long _lost;
    private long _told;

    /// <summary>Lines made and not written.</summary>
    private int _unwritten;
    private bool _failed;
    private volatile bool _reopen;

    /// <param name="file">closed with the log.</param>
    /// <param name="format">writes a record's line without its end.</param>
    /// <param name="onLoss">called for the first write that fails, again after one has succeeded in between, and when lines were lost because too many waited.</param>
    /// <param name="capacity">for tests; 0 is <see cref="Capacity"/>.</param>
    public LineLog(RotatingFile file, Action<T, IBufferWriter<byte>> format, Action<LogLoss> onLoss, int capacity = 0)
    {
        _file = file;
        _format = format;
        _onLoss = onLoss;
        _waiting = Channel.CreateBounded<Item>(new BoundedChannelOptions(capacity == 0 ? Capacity : capacity) { SingleReader = true });
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Records lost since the start.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Hands a record over; never waits.</summary>
    public void Write(T record)
    {
        if (!_waiting.Writer.TryWrite(new Item(record, null))) Interlocked.Increment(ref _lost);
    }

    /// <summary>Completes when all that was handed over before is written, or lost.</summary>
    public async Task FlushAsync()
    {
        TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _waiting.Writer.WriteAsync(new Item(null, written));
        await written.Task;
    }

    /// <summary>The next line goes into the file that has the log's name then: somebody may have moved the old one away.</summary>
    public void Reopen() => _reopen = true;

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing;
        _file.Dispose();
    }

    private async Task WriteAllAsync()
    {
        ArrayBufferWriter<byte> lines = new(BatchLimit);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            while (_waiting.Reader.TryRead(out Item item))
            {
                if (item.Record is { } record)
                {
                    _format(record, lines);
                    lines.Write("\n"u8);
                    _unwritten++;
                }

                if (item.Written is not null || lines.WrittenCount >= BatchLimit) WriteOut(lines);
                item.Written?.SetResult();
            }

            WriteOut(lines);
            if (Lost is var lost && lost > _told && !_failed) Tell(lost);
        }

        if (Lost > _told && !_failed) Tell(Lost);
    }

    private void WriteOut(ArrayBufferWriter<byte> lines)
    {
        if (_unwritten == 0) return;
        try
        {
            if (_reopen)
            {
                _reopen = false;
                _file.Close();
            }

            _file.Write(lines.WrittenSpan);
            _failed = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Interlocked.Add(ref _lost, _unwritten);
            if (!_failed) _onLoss(new LogLoss(_file.Files.Current, Lost - _told, e));
            _failed = true;
        }

        _unwritten = 0;
        lines.ResetWrittenCount();
    }

    private void Tell(long lost)
    {
        _onLoss(new LogLoss(_file.Files.Current, lost - _told, null));
        _told = lost;
    }

    private readonly record struct Item(T? Record, TaskCompletionSource? Written);
}
