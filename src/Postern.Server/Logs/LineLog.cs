using System.Buffers;
using System.Threading.Channels;

namespace Postern.Server.Logs;

// Sessions and deliveries hand their records over and go on; one task turns them into lines and writes those. INVARIANT: nobody
// who hands a record over ever waits for the disk. When the disk falls so far behind that Capacity records wait, further ones are
// lost, counted, and told once the log goes on; so are those whose write fails. What waits when the process is killed is lost too.
// Lines that wait together are written together, and behind a write the next ones are let gather for a moment: under a flood of refusals
// a write for each, and waking the task for each, would cost more than the refusals. A line after a silence is written at once.

/// <summary>A log in a file of lines, written behind the backs of those who log.</summary>
/// <typeparam name="T">a record; immutable, for it is read later and by another thread.</typeparam>
public sealed class LineLog<T> : IAsyncDisposable
    where T : class
{
    /// <summary>So many records may wait.</summary>
    public const int Capacity = 16_384;

    /// <summary>Octets after which lines are written though more records wait.</summary>
    private const int BatchLimit = 32 * 1024;

    /// <summary>So many records taken in one go are a flood: the next ones are waiting already.</summary>
    private const int Crowd = 256;

    /// <summary>How long lines gather; somebody who waits for them is not kept waiting.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(25);

    private readonly Channel<Item> _waiting;
    private readonly RotatingFile _file;
    private readonly Action<T, IBufferWriter<byte>> _format;
    private readonly Action<LogLoss> _onLoss;
    private readonly Task _writing;
    private readonly SemaphoreSlim _hurry = new(0);
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
        _hurry.Release();
        await written.Task;
    }

    /// <summary>The next line goes into the file that has the log's name then: somebody may have moved the old one away.</summary>
    public void Reopen() => _reopen = true;

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        _hurry.Release();
        await _writing;
        _file.Dispose();
        _hurry.Dispose();
    }

    private async Task WriteAllAsync()
    {
        ArrayBufferWriter<byte> line = new(2048), lines = new(BatchLimit);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            int taken = 0;
            while (_waiting.Reader.TryRead(out Item item))
            {
                taken++;
                if (item.Record is { } record) Add(record, line, lines);
                if (item.Written is null && lines.WrittenCount < BatchLimit) continue;
                WriteOut(lines);
                if (item.Written is null) continue;

                // Whoever waits for the lines may ask at once what was lost.
                TellLosses();
                item.Written.SetResult();
            }

            WriteOut(lines);
            TellLosses();
            if (taken < Crowd) await _hurry.WaitAsync(Gathering);
        }

        TellLosses();
    }

    private void Add(T record, ArrayBufferWriter<byte> line, ArrayBufferWriter<byte> lines)
    {
        line.ResetWrittenCount();
        try
        {
            _format(record, line);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Lose(1, e);
            return;
        }

        lines.Write(line.WrittenSpan);
        lines.Write("\n"u8);
        _unwritten++;
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
            Lose(_unwritten, e);
        }

        _unwritten = 0;
        lines.ResetWrittenCount();
    }

    private void Lose(int lines, Exception failure)
    {
        Interlocked.Add(ref _lost, lines);
        if (!_failed) _onLoss(new LogLoss(_file.Files.Current, Lost - _told, failure));
        _failed = true;
    }

    /// <summary>Once the log goes on.</summary>
    private void TellLosses()
    {
        long lost = Lost;
        if (lost == _told || _failed) return;
        _onLoss(new LogLoss(_file.Files.Current, lost - _told, null));
        _told = lost;
    }

    private readonly record struct Item(T? Record, TaskCompletionSource? Written);
}
