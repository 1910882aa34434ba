using System.Text.RegularExpressions;
using Postern.Cli.Tests.Harness;
using Postern.Policy.Channels;

namespace Postern.Cli.Tests.Documents;

/// <summary>Every channel option of delivery, retry and notification has a test of its effect, or is told at load as not there yet.</summary>
public sealed partial class OptionEffectTests
{
    /// <summary>Option and the test, as <c>file: method</c>.</summary>
    private static readonly Dictionary<string, string> Effects = new(StringComparer.Ordinal)
    {
        ["single"] = "CopyPlanTests.cs: Copies_are_split_as_the_channel_says",
        ["single_sys"] = "CopyPlanTests.cs: Copies_are_split_as_the_channel_says",
        ["multiple"] = "CopyPlanTests.cs: Copies_are_split_as_the_channel_says",
        ["addrsperfile"] = "CopyPlanTests.cs: Copies_are_split_as_the_channel_says",
        ["pool"] = "JobLimitTests.cs: Jobs_are_limited_by_pool_and_channel",
        ["maxjobs"] = "JobLimitTests.cs: Jobs_are_limited_by_pool_and_channel",
        ["threaddepth"] = "ThreadDepthTests.cs: A_host_gets_another_job_when_more_mail_waits_than_the_depth",
        ["backoff"] = "RetryOptionTests.cs: First_retry_comes_when_the_options_say",
        ["urgentbackoff"] = "RetryOptionTests.cs: First_retry_comes_when_the_options_say",
        ["normalbackoff"] = "RetryOptionTests.cs: First_retry_comes_when_the_options_say",
        ["nonurgentbackoff"] = "RetryOptionTests.cs: First_retry_comes_when_the_options_say",
        ["notices"] = "NotificationTests.cs: Sender_is_warned_at_each_notice_age_and_told_at_the_last",
        ["urgentnotices"] = "RetryOptionTests.cs: First_retry_comes_when_the_options_say",
        ["normalnotices"] = "RetryOptionTests.cs: First_retry_comes_when_the_options_say",
        ["nonurgentnotices"] = "RetryOptionTests.cs: First_retry_comes_when_the_options_say",
        ["sendpost"] = "NotificationTests.cs: Postmaster_gets_a_copy_of_a_failure_as_the_channel_says",
        ["nosendpost"] = "NotificationTests.cs: Postmaster_gets_a_copy_of_a_failure_as_the_channel_says",
        ["copysendpost"] = "NotificationTests.cs: Postmaster_gets_a_copy_of_a_failure_as_the_channel_says",
        ["errsendpost"] = "NotificationTests.cs: Postmaster_gets_a_copy_of_a_failure_as_the_channel_says",
        ["warnpost"] = "NotificationTests.cs: Postmaster_gets_a_copy_of_a_warning_as_the_channel_says",
        ["nowarnpost"] = "NotificationTests.cs: Postmaster_gets_a_copy_of_a_warning_as_the_channel_says",
        ["copywarnpost"] = "NotificationTests.cs: Postmaster_gets_a_copy_of_a_warning_as_the_channel_says",
        ["errwarnpost"] = "NotificationTests.cs: Postmaster_gets_a_copy_of_a_warning_as_the_channel_says",
        ["postheadonly"] = "NotificationTests.cs: Postmaster_gets_the_header_or_all_of_it",
        ["postheadbody"] = "NotificationTests.cs: Postmaster_gets_the_header_or_all_of_it",
        ["returnaddress"] = "NotificationTests.cs: Notices_are_from_whom_the_channel_says",
        ["returnpersonal"] = "NotificationTests.cs: Notices_are_from_whom_the_channel_says",
        ["suppressfinal"] = "NotificationTests.cs: Address_that_a_recipient_became_is_shown_unless_the_channel_suppresses_it",
    };

    /// <summary>Options that say what is done anyway.</summary>
    private static readonly string[] OfNoEffect = ["nodefragment", "nodeferred"];

    [Fact]
    public void Every_option_of_delivery_and_notification_has_a_test_of_its_effect()
    {
        string page = Pages.Read("docs/reference/channel-options.md");
        IEnumerable<string> supported = ((string[])["Delivery and retry", "Notification"]).SelectMany(section => Rows(page, section)).Where(name => ChannelOptions.Find(name)!.Support == ChannelOptionSupport.Supported);
        Assert.Equal(Effects.Keys.Concat(OfNoEffect).Order(StringComparer.Ordinal), supported.Order(StringComparer.Ordinal));
        Assert.All(Effects, effect =>
        {
            string[] parts = effect.Value.Split(": ");
            string file = Assert.Single(Directory.GetFiles(Path.Combine(Repository.Root, "tests", "Postern.Server.Tests"), parts[0], SearchOption.AllDirectories));
            Assert.Matches($@"public (async Task|void) {parts[1]}\(", File.ReadAllText(file));
        });
    }

    private static IEnumerable<string> Rows(string page, string section)
    {
        int start = page.IndexOf($"## {section}\n", StringComparison.Ordinal);
        int end = page.IndexOf("\n## ", start + 3, StringComparison.Ordinal);
        return Names().Matches(page[start..end]).SelectMany(m => m.Groups["names"].Value.Split(", ")).Select(n => n.Trim('`'));
    }

    [GeneratedRegex("^\\| (?<names>`[a-z_]+`(, `[a-z_]+`)*) \\|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Names();
}
