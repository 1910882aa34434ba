namespace Postern.Queue;

/// <summary>Which recipients a listing shows; what is null does not restrict.</summary>
public sealed record QueueFilter
{
    /// <summary>Destination channel, letter case ignored.</summary>
    public string? Channel { get; init; }

    /// <summary>Next hop, letter case ignored.</summary>
    public string? Host { get; init; }

    public RecipientState? State { get; init; }

    /// <summary>Only messages received before this instant.</summary>
    public DateTimeOffset? ReceivedBefore { get; init; }

    /// <summary>At most so many entries; 0 or less lists nothing.</summary>
    public int Limit { get; init; } = int.MaxValue;
}
