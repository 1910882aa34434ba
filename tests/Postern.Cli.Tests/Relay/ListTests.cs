using System.Text;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Relay;

/// <summary>Mailing lists over the wire: who may post, where postings go, and what the members' copies look like.</summary>
[Collection(RelayCollection.Name)]
public sealed class ListTests(RelaySite running)
{
    private readonly PosternSite _site = running.Site;

    [Fact]
    public async Task Stranger_writes_to_members_outside_and_the_list_says_where_it_is_from()
    {
        Letter letter = Letter.New();
        Assert.StartsWith("250", await PostAsync("s@ext.example", "team@example.com", letter), StringComparison.Ordinal);
        SinkMessage sent = await running.SentAsync(_site.Outside, letter, "first@other.test", "second@other.test");
        Assert.Equal("owner-team@example.com", sent.ReversePath);
        string text = Encoding.UTF8.GetString(sent.Content);
        Assert.Contains("\r\nList-Id: <team.example.com>\r\n", text, StringComparison.Ordinal);
        Assert.Contains("\r\nList-Post: <mailto:team@example.com>\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith(letter.Body, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closed_list_refuses_the_stranger()
    {
        Letter letter = Letter.New();
        string reply = await PostAsync("s@ext.example", "closed@example.com", letter);
        Assert.StartsWith("550 5.7.1 you are not allowed to post to this list: closed@example.com", reply, StringComparison.Ordinal);
        string id = reply[(reply.LastIndexOf('[') + 1)..^1];
        ProgramResult told = (await _site.RunAsync("explain", id)).Exits(0);
        Assert.Contains("[AUTH_LIST]", told.Output, StringComparison.Ordinal);
        Assert.Contains("s@ext.example: no   <- decides", told.Output, StringComparison.Ordinal);
        await running.NobodyHasAsync(letter);
    }

    [Fact]
    public async Task Closed_list_takes_mail_of_a_member()
    {
        Letter letter = Letter.New();
        Assert.StartsWith("250", await PostAsync("member@ext.example", "closed@example.com", letter), StringComparison.Ordinal);
        SinkMessage sent = await running.SentAsync(_site.Outside, letter, "first@other.test", "second@other.test");
        Assert.Contains($"\r\nSubject: [closed] {letter.Subject}\r\n", Encoding.UTF8.GetString(sent.Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Moderated_list_goes_to_the_moderator_alone()
    {
        Letter letter = Letter.New();
        Assert.StartsWith("250", await PostAsync("s@ext.example", "moderated@example.com", letter), StringComparison.Ordinal);
        byte[] stored = await running.StoredAsync(PosternSite.Bob, letter);
        Assert.Equal("<s@ext.example>", MaildirReader.Parse(stored).Headers["Return-Path"]);
        await running.QuietAsync();
        Assert.Empty(_site.Outside.MessagesWith(letter));
    }

    [Fact]
    public async Task Each_member_has_a_return_path_of_his_own()
    {
        Letter letter = Letter.New();
        Assert.StartsWith("250", await PostAsync("s@ext.example", "each@example.com", letter), StringComparison.Ordinal);
        await running.SentAsync(_site.Outside, letter, "first@other.test", "second@other.test");
        Assert.Equal(
            ["first@other.test owner-team+first=other.test@example.com", "second@other.test owner-team+second=other.test@example.com"],
            _site.Outside.MessagesWith(letter).Select(m => $"{Assert.Single(m.Recipients)} {m.ReversePath}").Order(StringComparer.Ordinal));

        // The bounce of one of them comes back to the owner.
        Letter bounce = Letter.New();
        Assert.StartsWith("250", await PostAsync("", "owner-team+first=other.test@example.com", bounce), StringComparison.Ordinal);
        await running.StoredAsync(PosternSite.Bob, bounce);
    }

    [Fact]
    public async Task Changed_member_file_is_taken_over_without_a_reload()
    {
        _site.Write("fresh.new", "fourth@other.test\n");
        File.Move(_site.PathOf("fresh.new"), _site.PathOf("fresh.members"), overwrite: true);
        await Eventually.HoldsAsync("the list has its new member", async () =>
        {
            Letter letter = Letter.New();
            Assert.StartsWith("250", await PostAsync("s@ext.example", "fresh@example.com", letter), StringComparison.Ordinal);
            await Eventually.HoldsAsync("the letter is at the sink", () => !_site.Outside.MessagesWith(letter).IsEmpty);
            return _site.Outside.RecipientsOf(letter) is ["fourth@other.test"];
        });
    }

    private Task<string> PostAsync(string from, string to, Letter letter) => SmtpDialogue.DeliverAsync(Client.Outsider, _site.Port, from, to, letter);
}
