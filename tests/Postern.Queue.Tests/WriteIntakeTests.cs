using Xunit;

namespace Postern.Queue.Tests;

public sealed class WriteIntakeTests
{
    private static readonly long Millisecond = TimeProvider.System.TimestampFrequency / 1000;

    private readonly AskedClock _clock = new();
    private readonly List<WriteRequest> _group = [];
    private readonly WriteIntake _intake;

    public WriteIntakeTests() => _intake = new WriteIntake(_clock);

    [Fact]
    public void With_little_to_do_nobody_is_waited_for()
    {
        _intake.Expect(5);
        Busy();
        _clock.Now += 1000 * Millisecond;
        WriteRequest only = Add();
        Assert.Equal([only], Take());
    }

    [Fact]
    public void Under_load_a_caller_on_the_way_is_waited_for()
    {
        Busy();
        _intake.Expect(1);
        WriteRequest first = Add();
        WriteRequest? second = null;
        _clock.OnAsked = asked =>
        {
            if (asked == 3) second = Add(arrived: 1);
        };
        List<WriteRequest> taken = Take();
        Assert.Equal<WriteRequest?>([first, second], taken);
    }

    [Fact]
    public void Who_will_not_come_after_all_is_not_waited_for()
    {
        Busy();
        _intake.Expect(1);
        WriteRequest first = Add();
        _clock.OnAsked = asked =>
        {
            if (asked == 3) _intake.Expect(-1);
        };
        Assert.Equal([first], Take());
    }

    [Fact]
    public void Nobody_is_waited_for_longer_than_the_pause()
    {
        Busy();
        _intake.Expect(1);
        WriteRequest first = Add();
        long start = _clock.Now;
        _clock.OnAsked = _ => _clock.Now += Millisecond / 4;
        Assert.Equal([first], Take());
        Assert.InRange(_clock.Now - start, 2 * Millisecond, 3 * Millisecond);
    }

    [Fact]
    public void Where_waiting_brings_too_few_it_is_tried_less_often()
    {
        _intake.Expect(1);
        int[] pauses = [.. Enumerable.Range(0, 40).Where(_ =>
        {
            _clock.OnAsked = _ => { };
            for (int i = 0; i < 100; i++) Add();
            long start = _clock.Now;
            _clock.OnAsked = _ => _clock.Now += Millisecond / 4;
            Take();
            return _clock.Now - start >= 2 * Millisecond;
        })];
        Assert.Equal([1, 3, 7, 15, 31], pauses);
    }

    [Fact]
    public void Where_it_brings_enough_it_is_made_each_time()
    {
        for (int round = 0; round < 10; round++)
        {
            Busy();
            _intake.Expect(4);
            Add();
            _clock.OnAsked = asked =>
            {
                if (asked is >= 3 and < 7) Add(arrived: 1);
            };
            Assert.Equal(5, Take().Count);
            _clock.OnAsked = _ => { };
        }
    }

    [Fact]
    public void A_group_is_bounded()
    {
        for (int i = 0; i < WriteIntake.MaximumGroup + 1; i++) Add();
        _intake.Expect(1);
        Assert.Equal(WriteIntake.MaximumGroup, Take().Count);
        Assert.False(_intake.IsEmpty);
        _intake.Expect(-1);
        Assert.Single(Take());
        Assert.True(_intake.IsEmpty);
    }

    [Fact]
    public void What_waits_when_it_is_closed_is_still_taken()
    {
        WriteRequest last = Add();
        _intake.Close();
        Assert.False(_intake.TryAdd(Call(), arrived: 0));
        Assert.Equal([last], Take());
        Assert.False(_intake.Take(_group));
    }

    [Fact]
    public async Task Who_waits_for_calls_is_woken_by_the_first_and_by_the_end()
    {
        Task<(bool, int)> waiting = Task.Run(() => (_intake.Take(_group), _group.Count), TestContext.Current.CancellationToken);
        Add();
        Assert.Equal((true, 1), await waiting);
        Task<bool> ending = Task.Run(() => _intake.Take([]), TestContext.Current.CancellationToken);
        _intake.Close();
        Assert.False(await ending);
    }

    private static WriteRequest<bool> Call() => new(WriteKind.Relaxed, _ => true);

    /// <summary>So many calls were just taken that more can be expected at once.</summary>
    private void Busy()
    {
        for (int i = 0; i < 100; i++) Add();
        Take();
    }

    private WriteRequest<bool> Add(int arrived = 0)
    {
        WriteRequest<bool> call = Call();
        Assert.True(_intake.TryAdd(call, arrived));
        return call;
    }

    private List<WriteRequest> Take()
    {
        _group.Clear();
        _clock.Asked = 0;
        Assert.True(_intake.Take(_group));
        return _group;
    }

    /// <summary>A clock that stands still, and where something happens when it is asked.</summary>
    private sealed class AskedClock : TimeProvider
    {
        public long Now { get; set; } = 1000 * Millisecond;

        public int Asked { get; set; }

        public Action<int> OnAsked { get; set; } = _ => { };

        public override long GetTimestamp()
        {
            OnAsked(++Asked);
            return Now;
        }
    }
}
