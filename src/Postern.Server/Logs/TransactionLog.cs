using System.Buffers;
using System.Text;
using Postern.Policy.Configuration;
using Postern.Smtp.Commands;

namespace Postern.Server.Logs;

/// <summary>
/// The classic log of what was enqueued, refused, delivered, tried again and given up: one line a recipient and event. It never holds
/// up mail; what is lost is counted and reported.
/// </summary>
public sealed class TransactionLog : IAsyncDisposable
{
    private readonly LineLog<TransactionRecord> _messages;
    private readonly LineLog<TransactionRecord> _connections;
    private readonly Func<LogOptions> _options;
    private readonly Lazy<AddressVeil> _veil;

    /// <param name="connections">its file is made when SEPARATE_CONNECTION_LOG is first used.</param>
    /// <param name="key">asked for when addresses are first hashed.</param>
    public TransactionLog(RotatingFile messages, RotatingFile connections, Func<LogOptions> options, LogKey key, Action<LogLoss> onLoss)
    {
        _options = options;
        _veil = new Lazy<AddressVeil>(() => new AddressVeil(key.Value), LazyThreadSafetyMode.PublicationOnly);
        _messages = new LineLog<TransactionRecord>(messages, Format, onLoss);
        _connections = new LineLog<TransactionRecord>(connections, Format, onLoss);
    }

    /// <summary>Records lost since the start.</summary>
    public long Lost => _messages.Lost + _connections.Lost;

    public int MaximumBadCommands => _options().MaximumBadCommands;

    /// <summary>Whether a field of records is written now; what is costly to find out need not be told otherwise.</summary>
    public bool Writes(LogFields field) => _options().Writes(field);

    public void Write(TransactionRecord record)
    {
        LogOptions options = _options();
        if (record.IsConnection && (options.Connections & Bit(record.Action[0])) == 0) return;
        (record.IsConnection && options.SeparateConnections ? _connections : _messages).Write(record);
    }

    /// <summary>Completes when all records so far are in their file.</summary>
    public async Task FlushAsync()
    {
        await _messages.FlushAsync();
        await _connections.FlushAsync();
    }

    /// <summary>Goes on in new files when the old ones were moved away.</summary>
    public void Reopen()
    {
        _messages.Reopen();
        _connections.Reopen();
    }

    public async ValueTask DisposeAsync()
    {
        await _messages.DisposeAsync();
        await _connections.DisposeAsync();
    }

    /// <summary>The bit of LOG_CONNECTION that turns a connection record on.</summary>
    private static int Bit(char action) => action switch
    {
        'U' => 128,
        'I' => 4,
        _ => 2,
    };

    private void Format(TransactionRecord record, IBufferWriter<byte> output)
    {
        LogOptions options = _options();
        if (options.HashesAddresses) record = Veiled(record, _veil.Value);
        if (options.Format == LogFormat.Json) TransactionJson.Write(output, record, options);
        else output.Write(Encoding.UTF8.GetBytes(TransactionText.Write(record, options)));
    }

    private static string Veiled(string original, AddressVeil veil)
    {
        string address = OriginalRecipientText.AddressOf(original);
        return address.Length < original.Length ? original[..^address.Length] + veil.Address(address) : veil.Text(original);
    }

    private static TransactionRecord Veiled(TransactionRecord record, AddressVeil veil) => record with
    {
        From = veil.Address(record.From),
        OriginalTo = Veiled(record.OriginalTo, veil),
        To = record.Action[0] == 'B' ? veil.Text(record.To) : veil.Address(record.To),
        Initial = record.Initial is { } initial ? veil.Address(initial) : null,
        Intermediate = record.Intermediate is { } intermediate ? veil.Address(intermediate) : null,
        User = record.User is { } user ? veil.Address(user) : null,
        Reason = record.Reason is { } reason ? veil.Text(reason) : null,
        Diagnostic = record.Diagnostic is { } diagnostic ? veil.Text(diagnostic) : null,
        Forwarded = record.Forwarded is { } forwarded ? veil.Text(forwarded) : null,
        EnvelopeId = record.EnvelopeId is { } id ? veil.Text(id) : null,
    };
}
