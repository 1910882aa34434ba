using System.Net;
using System.Text;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Admission;
using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Admission;

/// <summary>How urgent a message is that comes in, by its Priority field, who hands it in and its size.</summary>
public sealed class PriorityFieldTests
{
    [Theory]
    [InlineData("", "10.1.2.3", null, "Normal")]
    [InlineData("Priority: urgent\r\n", "10.1.2.3", null, "Urgent")]
    [InlineData("priority: URGENT\r\n", "10.1.2.3", null, "Urgent")]
    [InlineData("Priority: normal\r\n", "10.1.2.3", null, "Normal")]
    [InlineData("Priority: whatever\r\n", "10.1.2.3", null, "Normal")]
    [InlineData("Priority: non-urgent\r\n", "10.1.2.3", null, "Nonurgent")]
    [InlineData("Priority: urgent\r\n", "203.0.113.9", null, "Normal")] // a stranger cannot make his mail urgent
    [InlineData("Priority: non-urgent\r\n", "203.0.113.9", null, "Nonurgent")]
    [InlineData("Priority: urgent\r\n", "203.0.113.9", "kim@example.com", "Urgent")]
    public void Priority_is_what_the_field_says_as_far_as_its_client_may_say_it(string field, string client, string? user, string priority) =>
        Assert.Equal(Enum.Parse<MessagePriority>(priority), Of(Site.Snapshot(), field, 100, client, user));

    [Theory]
    [InlineData("urgent", 1024, "Urgent")]
    [InlineData("urgent", 1025, "Normal")]
    [InlineData("urgent", 2049, "Nonurgent")]
    [InlineData("urgent", 3073, "SecondClass")]
    [InlineData("normal", 2048, "Normal")]
    [InlineData("normal", 2049, "Nonurgent")]
    [InlineData("non-urgent", 3072, "Nonurgent")]
    [InlineData("non-urgent", 3073, "SecondClass")]
    public void Each_limit_lowers_larger_mail_by_a_class(string field, int size, string priority)
    {
        ConfigurationSnapshot snapshot = Site.Snapshot(("option.dat", text => text + "URGENT_BLOCK_LIMIT=1\nNORMAL_BLOCK_LIMIT=2\nNON_URGENT_BLOCK_LIMIT=3\n"));
        Assert.Equal(Enum.Parse<MessagePriority>(priority), Of(snapshot, $"Priority: {field}\r\n", size, "10.1.2.3", null));
    }

    private static MessagePriority Of(ConfigurationSnapshot snapshot, string field, int size, string client, string? user)
    {
        MailPolicy policy = new(snapshot);
        ClientConnection connection = new(IPAddress.Parse(client), 40000, IPAddress.Parse("192.0.2.25"), 25, "smtp");
        SessionFacts facts = new(connection, policy.SourceAtConnect(connection), "client.test", Extended: true, AuthenticatedUser: user);
        return PriorityField.Of(HeaderFields.Of(Encoding.UTF8.GetBytes($"{field}Subject: x\r\n\r\n")), size, facts, snapshot);
    }
}
