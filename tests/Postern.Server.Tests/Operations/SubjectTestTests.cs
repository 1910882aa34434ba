using System.Text;
using Postern.Server.Operations;

namespace Postern.Server.Tests.Operations;

public sealed class SubjectTestTests
{
    [Theory]
    [InlineData("Subject: You have WON a prize\r\n\r\n", "won", true)]
    [InlineData("Subject: You have won a prize\r\n\r\n", "won*", false)]
    [InlineData("Subject: You have won a prize\r\n\r\n", "you*prize", true)]
    [InlineData("Subject: You have\r\n won\r\n\r\n", "have won", true)]
    [InlineData("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n", "GR\u00dc\u00df", true)]
    [InlineData("Subject: a?c\r\n\r\n", "b?c", false)]
    [InlineData("From: a@y.test\r\n\r\nSubject: won\r\n", "won", false)]
    [InlineData("From: a@y.test\r\n\r\n", "", true)]
    [InlineData("Subject: x\r\n\r\n", "", false)]
    [InlineData("From: a@y.test\r\n\r\n", "*", true)]
    public async Task Subject_has_a_text_in_it_or_is_like_a_pattern(string content, string pattern, bool holds)
    {
        using MemoryStream stream = new(Encoding.UTF8.GetBytes(content));
        Assert.Equal(holds, await new SubjectTest(pattern).HoldsAsync(stream, TestContext.Current.CancellationToken));
    }
}
