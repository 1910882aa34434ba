namespace Postern.Server.Delivery.Smtp;

/// <summary>Counts attempts that ended with a reply that is none, by host, and warns once when there are ten in a row.</summary>
internal sealed class MalformedReplies(ILogger logger)
{
    public const int Limit = 10;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _inARow = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="fault">what ended the attempt; null when nothing did.</param>
    public void Watch(string host, DeliveryFault? fault)
    {
        int count;
        lock (_gate)
        {
            if (fault is not { IsMalformed: true })
            {
                _inARow.Remove(host);
                return;
            }

            count = _inARow[host] = _inARow.GetValueOrDefault(host) + 1;
        }

        if (count == Limit) DeliveryLog.NotSmtp(logger, host, count, fault.ToString());
    }
}
