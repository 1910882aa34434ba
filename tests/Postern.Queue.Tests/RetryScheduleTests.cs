using System.Collections.Immutable;
using CsCheck;
using Xunit;

namespace Postern.Queue.Tests;

public sealed class RetryScheduleTests
{
    private static readonly DateTimeOffset Received = ManualTime.Start;
    private static readonly RetrySchedule Normal = new(RetrySchedule.NormalIntervals, RetrySchedule.DefaultNotices);

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 60)]
    [InlineData(3, 120)]
    [InlineData(4, 120)]
    [InlineData(5, 240)]
    [InlineData(6, 240)]
    [InlineData(7, 240)]
    [InlineData(8, 480)]
    [InlineData(9, 480)]
    [InlineData(1000, 480)]
    public void The_wait_grows_with_the_attempts(int attempts, int minutes) =>
        Assert.Equal(Received.AddMinutes(minutes), Normal.Next(attempts, Received, Received, nullSender: false, jitter: 0));

    [Theory]
    [InlineData(-0.1, 54)]
    [InlineData(0.1, 66)]
    [InlineData(0.5, 90)]
    public void Jitter_stretches_the_wait(double jitter, int minutes) =>
        Assert.Equal(Received.AddMinutes(minutes), Normal.Next(2, Received, Received, nullSender: false, jitter));

    [Theory]
    [InlineData(false, 11, 8)] // a day before the end the wait is the ordinary one
    [InlineData(false, 11.75, 6)] // six hours before the end: the last attempt comes at the end
    [InlineData(false, 12, null)]
    [InlineData(false, 400, null)]
    [InlineData(true, 0.5, 8)]
    [InlineData(true, 0.75, 6)]
    [InlineData(true, 1, null)]
    public void The_last_notice_age_ends_it(bool nullSender, double days, int? hours)
    {
        DateTimeOffset now = Received.AddDays(days);
        Assert.Equal(hours is { } h ? now.AddHours(h) : null, Normal.Next(20, Received, now, nullSender, jitter: 0));
    }

    [Fact]
    public void A_short_lived_channel_is_short_lived_for_notifications_too()
    {
        RetrySchedule hours = new([TimeSpan.FromHours(1)], [TimeSpan.FromHours(2)]);
        Assert.Null(hours.Next(1, Received, Received.AddHours(2), nullSender: true, jitter: 0));
    }

    [Fact]
    public void A_clock_that_went_back_does_not_end_it() =>
        Assert.NotNull(Normal.Next(1, Received, Received.AddYears(-50), nullSender: false, jitter: 0));

    [Fact]
    public void Next_lies_ahead_and_never_behind_the_end() =>
        Gen.Select(Gen.Int[1, 50], Gen.Double[0, 12.5], Gen.Bool, Gen.Double[-0.1, 0.1]).Sample((attempts, days, nullSender, jitter) =>
        {
            DateTimeOffset now = Received.AddDays(days);
            DateTimeOffset end = Received + (nullSender ? RetrySchedule.NullSenderLifetime : TimeSpan.FromDays(12));
            DateTimeOffset? next = Normal.Next(attempts, Received, now, nullSender, jitter);
            return next is { } at ? at > now && at <= end : now >= end;
        });

    [Theory]
    [InlineData(2.9, 2.4)] // over two hours before the warning at 3 days, the wait of 8 hours is cut to it
    [InlineData(5.9, 2.4)]
    [InlineData(3, 8)]
    public void An_attempt_comes_at_each_notice_age(double days, double hours) =>
        Assert.Equal(hours, Math.Round((Normal.Next(20, Received, Received.AddDays(days), nullSender: false, jitter: 0)!.Value - Received.AddDays(days)).TotalHours, 3));

    [Theory]
    [InlineData(null, 2.9, false)]
    [InlineData(null, 3.0, true)]
    [InlineData(2.9, 3.0, true)]
    [InlineData(3.0, 3.1, false)]
    [InlineData(2.9, 9.5, true)]
    [InlineData(9.5, 12.0, false)] // the last age is no warning
    public void A_warning_is_due_once_for_each_age(double? last, double now, bool due) =>
        Assert.Equal(due, Normal.IsWarningDue(Received, last is { } d ? Received.AddDays(d) : null, Received.AddDays(now)));

    [Fact]
    public void Senseless_arguments_are_bugs()
    {
        Assert.Throws<ArgumentException>(() => new RetrySchedule([], RetrySchedule.DefaultNotices));
        Assert.Throws<ArgumentException>(() => new RetrySchedule(RetrySchedule.NormalIntervals, default));
        Assert.Throws<ArgumentException>(() => new RetrySchedule([TimeSpan.Zero], RetrySchedule.DefaultNotices));
        Assert.Throws<ArgumentOutOfRangeException>(() => Normal.Next(0, Received, Received, false, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Normal.Next(1, Received, Received, false, double.NaN));
    }
}
