using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Postern.Mapping.Text;
using Postern.Policy.Access;
using Postern.Queue;
using Postern.Server.Operations;

namespace Postern.WebConsole;

/// <summary>
/// The pages of the console: status, queue, explain. They are plain HTML made here; there is no script in them, and the
/// content policy allows none.
/// </summary>
public static class ConsolePages
{
    private const int QueueLimit = 500;

    /// <summary>Adds the pages to the web application. Everything but the sign-in page needs the token.</summary>
    public static void Map(WebApplication web, ServerView server)
    {
        web.Use(new ConsoleGate(server.Token).PassAsync);
        web.MapGet(ConsoleGate.SignInPath, (RequestDelegate)(context => context.WritePageAsync(Page.SignIn(""))));
        web.MapPost(ConsoleGate.SignInPath, (RequestDelegate)(context => ConsoleGate.SignInAsync(context, server.Token)));
        web.MapPost("/sign-out", (RequestDelegate)ConsoleGate.SignOutAsync);
        web.MapGet("/", (RequestDelegate)(context => StatusAsync(context, server)));
        web.MapGet("/queue", (RequestDelegate)(context => QueueAsync(context, server)));
        web.MapGet("/explain", (RequestDelegate)(context => ExplainAsync(context, server)));
        web.MapPost(OperatorEndpoint.Path, (RequestDelegate)(context => OperatorEndpoint.RunAsync(context, server.Operators)));
        web.MapPost("/reload", (RequestDelegate)(context => ReloadAsync(context, server)));
    }

    private static async Task StatusAsync(HttpContext context, ServerView server)
    {
        Html html = new();
        html.Table(
            [],
            [
                ["version", server.Version],
                ["configuration", server.Configuration.Current.Directory],
                ["generation", server.Configuration.Current.Version.ToString(CultureInfo.InvariantCulture)],
                ["started", Time(server.Started)],
            ]);
        html.Heading("Listeners");
        html.Table(
            ["service", "addresses", "initial channel", "connections"],
            server.Listeners().Select(l => (string[])[l.Service, l.Endpoints, l.Channel, l.OpenConnections.ToString(CultureInfo.InvariantCulture)]));
        html.Heading("Queue");
        html.Table(
            ["channel", "active", "delayed", "under way", "held", "copies", "octets", "oldest"],
            (await server.Queue.TotalsAsync(context.RequestAborted)).Select(t => (string[])
            [
                t.Channel, Number(t.Recipients.Active), Number(t.Recipients.Delayed), Number(t.Recipients.Claimed), Number(t.Recipients.Held), Number(t.Copies),
                Number(t.Octets), Time(t.Oldest),
            ]));
        if (!server.Configuration.Current.Diagnostics.IsEmpty)
        {
            html.Heading("Warnings of the configuration");
            html.Preformatted(string.Join('\n', server.Configuration.Current.Diagnostics));
        }

        html.Form("post", "/reload", [], "Reload the configuration");
        await context.WritePageAsync(Page.Whole("Status", html));
    }

    private static async Task QueueAsync(HttpContext context, ServerView server)
    {
        string channel = context.Request.Query["channel"].ToString();
        List<string[]> rows = [];
        QueueFilter filter = new() { Channel = channel.Length == 0 ? null : channel, Limit = QueueLimit };
        await foreach (QueueEntry e in server.Queue.ListAsync(filter, context.RequestAborted))
        {
            rows.Add(
            [
                e.Id.ToString(), e.Channel, QueueJson.Name(e.State), e.Size.ToString(CultureInfo.InvariantCulture), e.Attempts.ToString(CultureInfo.InvariantCulture),
                e.State == RecipientState.Queued ? Time(e.Next) : "", e.ReversePath.Length == 0 ? "<>" : e.ReversePath, e.Recipient, e.HoldReason ?? e.LastReply ?? "",
            ]);
        }

        Html html = new();
        html.Form("get", "/queue", [new FormField("channel", "Channel", channel)], "Show");
        html.Table(["id", "channel", "state", "octets", "attempts", "next", "from", "to", "last word"], rows);
        html.Paragraph(rows.Count == QueueLimit ? $"The first {QueueLimit} recipients." : $"{rows.Count} recipients.");
        await context.WritePageAsync(Page.Whole("Queue", html));
    }

    private static Task ExplainAsync(HttpContext context, ServerView server)
    {
        IQueryCollection query = context.Request.Query;
        string ip = query["ip"].ToString(), from = query["from"].ToString(), to = query["to"].ToString(), user = query["auth"].ToString(), port = query["port"].ToString();
        bool tls = query.ContainsKey("tls");
        Html html = new();
        html.Form(
            "get",
            "/explain",
            [
                new FormField("ip", "Client address", ip), new FormField("port", "Port (empty: service smtp)", port), new FormField("from", "Sender (empty: <>)", from),
                new FormField("to", "Recipient", to), new FormField("auth", "Authenticated user", user), new FormField("tls", "TLS", tls ? "on" : "", IsCheckbox: true),
            ],
            "Explain");
        if (ip.Length > 0 && to.Length > 0) html.Preformatted(Explain(server.Configuration.Policy, ip, port, from, to, user, tls));
        return context.WritePageAsync(Page.Whole("Explain", html));
    }

    private static string Explain(MailPolicy policy, string ip, string port, string from, string to, string user, bool tls)
    {
        int? number = null;
        if (port.Length > 0)
        {
            if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int parsed)) return $"\"{port}\" is no port";
            number = parsed;
        }

        ImaginedSession session = new(ip, number, tls, user.Length == 0 ? null : user, "client.invalid");
        return session.Facts(policy, out string? fault) is { } facts
            ? DecisionText.Write(ImaginedSession.Decide(policy, facts, Unbracket(from), Unbracket(to)))
            : fault!;
    }

    private static Task ReloadAsync(HttpContext context, ServerView server)
    {
        Html html = new();
        html.Preformatted(string.Join('\n', server.Reload().Lines()));
        return context.WritePageAsync(Page.Whole("Reload", html));
    }

    private static string Unbracket(string address) => address is ['<', .., '>'] ? address[1..^1] : address;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
