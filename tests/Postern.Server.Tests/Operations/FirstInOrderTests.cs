using CsCheck;
using Postern.Server.Operations;

namespace Postern.Server.Tests.Operations;

public sealed class FirstInOrderTests
{
    [Fact]
    public void The_first_of_any_sequence_are_kept_in_order() =>
        Gen.Select(Gen.Int[-1, 12], Gen.Int[0, 20].Array[0, 40]).Sample((limit, values) =>
        {
            IEnumerable<(int Value, int Place)> places = values.Select((value, place) => (value, place));
            FirstInOrder<(int Value, int Place)> first = new(limit, Comparer<(int Value, int Place)>.Default);
            foreach ((int, int) place in places) first.Add(place);
            return first.Values().SequenceEqual(places.Order().Take(Math.Max(limit, 0)));
        });
}
