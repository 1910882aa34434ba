using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>When to try again and when to give up: the options <c>backoff</c> and <c>notices</c> of a channel.</summary>
public sealed class RetrySchedule
{
    /// <summary>A notification that cannot be delivered is dropped at this age.</summary>
    public static readonly TimeSpan NullSenderLifetime = TimeSpan.FromDays(1);

    private readonly ImmutableArray<TimeSpan> _intervals;
    private readonly ImmutableArray<TimeSpan> _notices;

    /// <param name="intervals">waits after the first, second, ... failure; the last repeats.</param>
    /// <param name="notices">ages in rising order; the last is that of giving up.</param>
    /// <exception cref="ArgumentException">either is empty or holds a span that is not positive.</exception>
    public RetrySchedule(ImmutableArray<TimeSpan> intervals, ImmutableArray<TimeSpan> notices)
    {
        if (intervals.IsDefaultOrEmpty || intervals.Any(i => i <= TimeSpan.Zero)) throw new ArgumentException("needs positive intervals", nameof(intervals));
        if (notices.IsDefaultOrEmpty || notices.Any(n => n <= TimeSpan.Zero)) throw new ArgumentException("needs positive ages", nameof(notices));
        _intervals = intervals;
        _notices = notices;
    }

    /// <summary>The age of giving up, but for notifications.</summary>
    public TimeSpan Lifetime => _notices[^1];

    /// <summary>Waits for urgent mail.</summary>
    public static ImmutableArray<TimeSpan> UrgentIntervals { get; } = Minutes(5, 30, 60, 60, 120, 120, 120, 240);

    /// <summary>Waits for normal priority: a quick first retry for greylisting hosts, then those of the product (Administration Guide 6.3, ch. 12).</summary>
    public static ImmutableArray<TimeSpan> NormalIntervals { get; } = Minutes(5, 60, 120, 120, 240, 240, 240, 480);

    /// <summary>Waits for non-urgent mail.</summary>
    public static ImmutableArray<TimeSpan> NonurgentIntervals { get; } = Minutes(5, 120, 240, 240, 480, 480, 480, 960);

    /// <summary>3, 6, 9 and 12 days, the product's default for <c>notices</c>.</summary>
    public static ImmutableArray<TimeSpan> DefaultNotices { get; } =
        [.. new[] { 3, 6, 9, 12 }.Select(d => TimeSpan.FromDays(d))];

    /// <summary>
    /// The next attempt after a temporary failure; null to give up. It never lies behind the next notice age, so that the
    /// attempt that brings a warning, or the last one and the notification, comes at that age and not one interval later.
    /// </summary>
    /// <param name="attempts">failed attempts so far, this one included; at least 1.</param>
    /// <param name="received">the age of the message counts from here.</param>
    /// <param name="nullSender">the message is a notification and lives one day at most.</param>
    /// <param name="jitter">stretches the wait by this fraction: -0.1 to 0.1 is ten percent either way; above -1, below 1.</param>
    public DateTimeOffset? Next(int attempts, DateTimeOffset received, DateTimeOffset now, bool nullSender, double jitter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempts, 1);
        if (jitter is not (> -1 and < 1)) throw new ArgumentOutOfRangeException(nameof(jitter), jitter, "outside -1 to 1");
        TimeSpan lifetime = nullSender && Lifetime > NullSenderLifetime ? NullSenderLifetime : Lifetime;

        // Compared as a span: a received time out of a broken clock must not overflow.
        TimeSpan age = now - received;
        if (age >= lifetime) return null;
        TimeSpan wait = _intervals[Math.Min(attempts, _intervals.Length) - 1] * (1 + jitter);
        TimeSpan left = _notices.First(n => n > age || n == Lifetime);
        left = (left < lifetime ? left : lifetime) - age;
        return now + (wait < left ? wait : left);
    }

    /// <summary>Whether the message came past a notice age since the last attempt; several ages at once make one warning.</summary>
    /// <param name="lastAttempt">the attempt before this one; null when this is the first.</param>
    public bool IsWarningDue(DateTimeOffset received, DateTimeOffset? lastAttempt, DateTimeOffset now)
    {
        TimeSpan before = lastAttempt is { } last ? last - received : TimeSpan.Zero;
        return _notices.Any(n => n != Lifetime && n > before && n <= now - received);
    }

    private static ImmutableArray<TimeSpan> Minutes(params ReadOnlySpan<int> minutes)
    {
        ImmutableArray<TimeSpan>.Builder times = ImmutableArray.CreateBuilder<TimeSpan>(minutes.Length);
        foreach (int count in minutes) times.Add(TimeSpan.FromMinutes(count));
        return times.MoveToImmutable();
    }
}
