namespace Postern.Server.Tests.Transcripts;

public sealed class ServerTranscriptTests
{
    private static readonly IReadOnlyDictionary<string, ServerTranscript> Transcripts = ServerTranscript.ReadAll();

    public static TheoryData<string> Names => [.. Transcripts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Dialogue_with_the_whole_server_goes_as_written(string where)
    {
        await using ServerPlayer player = ServerPlayer.Of(Transcripts[where]);
        Assert.Equal(Transcripts[where].Dialogue, await player.PlayAsync());
    }
}
