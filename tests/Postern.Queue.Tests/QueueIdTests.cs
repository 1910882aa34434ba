using CsCheck;
using Xunit;

namespace Postern.Queue.Tests;

public sealed class QueueIdTests
{
    [Fact]
    public void Later_ids_sort_later_as_values_and_as_text()
    {
        ManualTime time = new();
        QueueId before = QueueId.New(time);
        for (int i = 0; i < 100; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1 + (i * i * 1000)));
            QueueId after = QueueId.New(time);
            Assert.True(before < after && after > before && before <= after && after >= before);
            Assert.True(string.CompareOrdinal(before.ToString(), after.ToString()) < 0);
            before = after;
        }
    }

    [Fact]
    public void Ids_of_one_instant_differ()
    {
        ManualTime time = new();
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(_ => QueueId.New(time)).Distinct().Count());
    }

    [Fact]
    public void Text_reads_back_in_either_case() =>
        Gen.String[Gen.Char["0123456789ABCDEFGHJKMNPQRSTVWXYZ"], 16, 16].Sample(text =>
            QueueId.TryParse(text, out QueueId id) && id.ToString() == text && QueueId.TryParse(text.ToLowerInvariant(), out QueueId lower) && lower == id);

    [Theory]
    [InlineData("")]
    [InlineData("38GHPZY00HYAKPV")]
    [InlineData("38GHPZY00HYAKPV60")]
    [InlineData("38GHPZY00HYAKPVI")]
    [InlineData("38GHPZY00HYAKPVL")]
    [InlineData("38GHPZY00HYAKPVO")]
    [InlineData("38GHPZY00HYAKPVU")]
    [InlineData("38GHPZY00HYAKP 6")]
    [InlineData("38GHPZY00HYAKPV\u0660")]
    public void What_is_no_id_is_refused(string text) => Assert.False(QueueId.TryParse(text, out _));
}
