using Postern.Server.Operations;

namespace Postern.Server.Tests.Operations;

public sealed class FrequencyCountTests
{
    [Fact]
    public void Values_are_counted_without_regard_to_case_and_the_most_frequent_come_first()
    {
        FrequencyCount counts = new();
        foreach (string value in (string[])["b", "A", "a", "c", "b", "a"]) counts.Add(value);
        Assert.Equal([("A", 3), ("b", 2)], counts.Top(2).Select(c => (c.Key, c.Value)));
        Assert.Equal(0, counts.Missed);
    }

    [Fact]
    public void The_frequent_one_is_found_among_more_values_than_are_kept()
    {
        FrequencyCount counts = new(limit: 10);
        for (int i = 0; i < 1000; i++)
        {
            counts.Add($"rare {i}");
            counts.Add("frequent");
        }

        Assert.Equal(("frequent", 1000), counts.Top(1).Select(c => (c.Key, c.Value)).Single());
        Assert.True(counts.Top(1000).Length <= 10);
        Assert.True(counts.Missed > 0);
    }
}
