using System.Text;
using System.Text.Json;

namespace Postern.Server.Operations;

/// <summary>
/// What a postmaster could change to have the opposite decision: the least line first, and what it would open. Advice is about the
/// entry that decided, not about whether the decision was good.
/// </summary>
internal static class DecisionAdvice
{
    /// <summary>One line each; none when there is nothing to say.</summary>
    public static IEnumerable<string> Of(JsonElement told)
    {
        if (Needed(told) is { } needed)
            return [$"the answer to {needed} is needed: give it with --answer, or ask for it with --live"];
        if (told.DecidingClause() is { } clause) return OfList(told, clause);
        if (told.Deciding() is { } probe) return OfTable(told, probe);
        return told.Text("verdict") switch
        {
            "reject" or "defer" => OfNoTable(told),
            "discard" => OfFlag(told, "BVZ", "dropped"),
            "hold" => OfFlag(told, "H", "held"),
            _ => OfAccepted(told),
        };
    }

    private static string? Needed(JsonElement told)
    {
        foreach (JsonElement step in told.Items("steps").Where(s => s.Text("kind") == "callout" && s.Text("outcome") == "needed"))
            return $"callout \"{string.Join(',', ((string[])[step.Text("name"), step.Text("argument")]).Where(t => t.Length > 0))}\"";
        return null;
    }

    private static IEnumerable<string> OfList(JsonElement told, JsonElement clause)
    {
        yield return clause.Text("subject") == "nobody authenticated"
            ? "to post there, the sender has to authenticate as somebody the rule allows;"
            : clause.Text("subject") == told.Text("mail_from")
                ? $"to let this sender post, put {told.Text("mail_from")} among those the rule allows;"
                : $"the rule was applied to \"{clause.Text("subject")}\", which has to fit it;";
        yield return $"to have another rule, change {clause.Text("text")} of list {clause.Text("list")} at {clause.Place()}";
    }

    private static IEnumerable<string> OfTable(JsonElement told, JsonElement probe)
    {
        string above = probe.TryGetProperty("entry", out JsonElement entry) ? entry.Place() : "";
        string table = probe.Text("table");
        if (probe.TryGetProperty("entry", out entry) && entry.ValueKind == JsonValueKind.Null)
        {
            yield return $"the table {table} could not answer: see the note above, and try again when it can";
            yield break;
        }

        foreach (JsonElement callout in told.Items("steps").Where(s => s.Text("kind") == "callout" && s.Text("outcome") == "yes" && s.Text("name").Length > 0))
            yield return $"{callout.Text("name")} answered \"{callout.Text("text")}\": if that is wrong, whoever keeps that list has to mend it";
        switch (table)
        {
            case "PORT_ACCESS":
                yield return $"to let this client in all the same, above {above}:  TCP|*|*|{told.Text("client_ip")}|*  $Y";
                yield break;
            case "FROM_ACCESS":
                yield return $"to let this sender in, above {above}:  TCP|*|MAIL|{told.Text("source_channel")}|{Quoted(told.Text("mail_from"))}|*  $Y";
                yield break;
        }

        bool isRelaying = told.Text("source_channel") == told.Text("destination_channel") && !told.Has("authenticated");
        if (told.Text("rcpt_to") is var given && (given.StartsWith('@') || given.Contains('%', StringComparison.Ordinal) || given.Contains('!', StringComparison.Ordinal)))
            yield return "the address names a way through other hosts; whoever sent it should write the plain address";
        if (isRelaying)
        {
            yield return $"channel {told.Text("source_channel")} to channel {told.Text("destination_channel")} is relaying: from outside to outside. If the client is one of your users, let it authenticate (submission);";
            yield return $"if it is a machine you answer for, list {told.Text("client_ip")} in INTERNAL_IP;";
            yield return $"if the domain is to be yours, give it a rewrite rule that leads to a channel of your own;";
        }

        yield return $"to allow just this, above {above}:  {Entry(probe)}  $Y";
    }

    private static IEnumerable<string> OfNoTable(JsonElement told)
    {
        JsonElement[] steps = [.. told.Items("steps").Concat(told.Items("sender_steps"))];
        string reply = told.Text("reply");
        if (steps.Any(s => s.Text("kind") == "alias" && s.Text("outcome") == "no alias and no account"))
        {
            string address = told.Text("rewritten_to");
            yield return $"to give it a mailbox: postern user add {address}";
            yield return $"or, to send its mail elsewhere, a line in aliases: {address[..Math.Max(0, address.LastIndexOf('@'))]}: somebody@example.com";
        }
        else if (steps.FirstOrDefault(s => s.Text("kind") == "rewrite" && s.Text("fault").Length > 0) is { ValueKind: JsonValueKind.Object } failed)
        {
            yield return $"no rewrite rule leads {failed.Text("input")} to a channel: a rule for its host belongs into postern.cnf, if its mail is to be taken";
        }
        else if (reply.StartsWith("530", StringComparison.Ordinal))
        {
            yield return $"channel {told.Text("source_channel")} demands this of every client (mustsaslserver, musttlsserver): the client has to do it, or use another port";
        }
    }

    private static IEnumerable<string> OfFlag(JsonElement told, string flags, string what)
    {
        foreach (JsonElement probe in told.Items("probes").Concat(told.Items("sender_steps")).Where(p => p.Text("flags").IndexOfAny(flags.ToCharArray()) >= 0))
        {
            if (probe.TryGetProperty("entry", out JsonElement entry) && entry.ValueKind == JsonValueKind.Object)
                yield return $"it is {what} because {entry.Place()} in {probe.Text("table")} says ${probe.Text("flags")}: change that entry, or put one with $Y above it";
        }
    }

    private static IEnumerable<string> OfAccepted(JsonElement told)
    {
        foreach (JsonElement probe in told.Items("probes").Where(p => p.Text("table") == "ORIG_SEND_ACCESS"))
        {
            yield return $"to refuse it, as the first entry of ORIG_SEND_ACCESS:  {Entry(probe)}  $N";
            yield break;
        }
    }

    /// <summary>A pattern that matches this probe and no other; whatever the connection.</summary>
    private static string Entry(JsonElement probe)
    {
        const string Transport = "|MAIL|";
        string input = probe.Text("input");
        int at = input.IndexOf(Transport, StringComparison.Ordinal);
        return at < 0 ? Quoted(input) : $"TCP|*{Transport}{Quoted(input[(at + Transport.Length)..])}";
    }

    /// <summary>A text as a pattern that matches it alone.</summary>
    private static string Quoted(string text)
    {
        StringBuilder quoted = new(text.Length);
        foreach (char c in text)
        {
            if (c is '$' or '*' or '%' or ' ' or '\t') quoted.Append('$');
            quoted.Append(c);
        }

        return quoted.ToString();
    }
}
