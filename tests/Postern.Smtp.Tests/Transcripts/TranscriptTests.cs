using System.Globalization;

namespace Postern.Smtp.Tests.Transcripts;

public sealed class TranscriptTests
{
    /// <summary>Every code that a reply of the session can have; policy and content have their own besides.</summary>
    private static readonly int[] SessionCodes =
        [214, 220, 221, 235, 250, 252, 334, 354, 421, 450, 451, 452, 454, 500, 501, 502, 503, 504, 530, 535, 538, 552, 553, 554, 555];

    private static readonly IReadOnlyDictionary<string, Transcript> Transcripts = Transcript.ReadAll();

    public static TheoryData<string> Names => [.. Transcripts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Dialogue_goes_as_written(string where) =>
        Assert.Equal(Transcripts[where].Dialogue, Player.Play(Transcripts[where], Split.Line));

    [Theory]
    [MemberData(nameof(Names))]
    public void Replies_are_the_same_however_the_input_is_split(string where)
    {
        string[] expected = [.. Transcripts[where].Dialogue.Where(l => l.StartsWith('S'))];
        foreach (Split split in (Split[])[Split.Whole, Split.Byte])
            Assert.Equal(expected, Player.Play(Transcripts[where], split).Where(l => l.StartsWith('S')));
    }

    [Fact]
    public void Every_reply_code_of_the_session_appears_in_a_transcript()
    {
        HashSet<int> seen = [.. Transcripts.Values.SelectMany(t => t.Dialogue)
            .Where(l => l.StartsWith("S: ", StringComparison.Ordinal) && l[3] != '(')
            .Select(l => int.Parse(l.AsSpan(3, 3), CultureInfo.InvariantCulture))];
        Assert.Empty(SessionCodes.Except(seen));
    }

    [Fact]
    public void An_unknown_key_is_a_failure() =>
        Assert.Throws<InvalidDataException>(() => Transcript.Read("a.smtp", ["# title", "X: y"]).ToArray());
}
