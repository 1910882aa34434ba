using System.Net;
using Postern.Policy.Configuration;
using Postern.Smtp.Sasl;

namespace Postern.Server.Tests.Harness;

/// <summary>
/// The configuration of most tests: the initial one for example.com on mail.example.com, clients in 10.0.0.0/8 are internal,
/// and bob and carl have mailboxes; bob's password is "secret words 9".
/// </summary>
internal static class Site
{
    public const string Password = "secret words 9";

    /// <summary>The users-file line of bob@example.com.</summary>
    public static readonly string Bob =
        UsersFile.LineOf("bob@example.com", ScramVerifier.Create(Password, new byte[ScramVerifier.SaltLength], iterations: 1));

    public static Dictionary<string, string> Files()
    {
        Dictionary<string, string> files = new(StringComparer.Ordinal);
        foreach (InitialFile file in InitialConfiguration.Write(new InitialConfigurationChoices
        {
            Domains = ["example.com"],
            HostName = "mail.example.com",
            Internal = ["10.0.0.0/8"],
            InternalDomains = ["in.test"],
            OwnAddresses = [IPAddress.Parse("192.0.2.25")],
        }))
        {
            files[file.Name] = file.Text;
        }

        // A test that is about delays sets its own.
        files["option.dat"] += "ERROR_DELAY=0\n";
        files["users"] += $"{Bob}\ncarl@example.com *\n";
        return files;
    }

    /// <summary>The site with changes to its files, by name.</summary>
    public static ConfigurationResult Load(long version, params ReadOnlySpan<(string File, Func<string, string> Change)> changes)
    {
        Dictionary<string, string> files = Files();
        foreach ((string file, Func<string, string> change) in changes) files[file] = change(files.GetValueOrDefault(file, ""));
        return ConfigurationLoader.Load("/site", new MemoryFiles(files), new Dictionary<string, string>(), version);
    }

    /// <summary>postern.cnf with further options at the end of a channel's first line, where they win over what stands before.</summary>
    public static string WithOptions(string text, string channel, string options)
    {
        string[] lines = text.Split('\n');
        int first = Array.FindIndex(lines, l => l == channel || l.StartsWith(channel + " ", StringComparison.Ordinal));
        Assert.True(first > 0, $"no channel {channel}");
        while (lines[first].EndsWith('\\')) first++;
        lines[first] += " " + options;
        return string.Join('\n', lines);
    }

    public static ConfigurationSnapshot Snapshot(params ReadOnlySpan<(string File, Func<string, string> Change)> changes)
    {
        ConfigurationResult result = Load(1, changes);
        Assert.True(result.Snapshot is not null, string.Join('\n', result.Diagnostics));
        return result.Snapshot;
    }
}
