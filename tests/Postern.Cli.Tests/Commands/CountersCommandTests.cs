using System.Text.Json;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

/// <summary><c>postern counters</c> asks the running server.</summary>
public sealed class CountersCommandTests
{
    [Fact]
    public async Task Throttling_tables_of_the_server_are_shown()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        site.Write("metermaid.cnf", "[TABLE=recipients]\nQUOTA=1\n");
        site.Append("mappings", "\nORIG_MAIL_ACCESS\n\n  TCP|*|*|*|*|SMTP*|MAIL|*  $C$[metermaid,throttle,recipients,$2]$N$X4.7.1|Too$ many$E\n");
        Assert.Contains("holds no token", (await site.RunAsync("counters")).Exits(3).Error, StringComparison.Ordinal);
        await using PosternProcess server = await site.ServeAsync();
        using (SmtpDialogue dialogue = await SmtpDialogue.OpenAsync(Client.Outsider, site.Port))
        {
            await dialogue.SayAsync("MAIL FROM:<s@ext.example>");
            Assert.StartsWith("250", await dialogue.SayAsync($"RCPT TO:<{PosternSite.Bob}>"), StringComparison.Ordinal);
            Assert.StartsWith("450", await dialogue.SayAsync($"RCPT TO:<{PosternSite.Ann}>"), StringComparison.Ordinal);
        }

        JsonElement told = (await site.RunAsync("counters", "--json")).Exits(0).Json;
        JsonElement table = told.GetProperty("throttles").EnumerateArray().Single();
        Assert.Equal(
            ("recipients", 1, 2, 1, 0),
            (table.GetProperty("table").GetString(), table.GetProperty("entries").GetInt32(), table.GetProperty("counted").GetInt32(), table.GetProperty("over").GetInt32(), table.GetProperty("evicted").GetInt32()));
        Assert.Contains("smtp", told.GetProperty("listeners").EnumerateArray().Select(l => l.GetProperty("service").GetString()));
        Assert.Matches("\nrecipients +1 +2 +1 +0\n", (await site.RunAsync("counters")).Exits(0).Output);
    }
}
