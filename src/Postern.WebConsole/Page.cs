using System.Text;
using Microsoft.AspNetCore.Http;

namespace Postern.WebConsole;

/// <summary>The frame around every page, and the headers it is sent with.</summary>
internal static class Page
{
    /// <summary>Nothing but our own style sheet, which stands in the page and is named by its hash, and forms to ourselves.</summary>
    private static readonly string ContentPolicy =
        $"default-src 'none'; style-src 'sha256-{Hash(Style)}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private const string Style =
        "body{font:1rem/1.4 system-ui,sans-serif;margin:0 auto;max-width:75rem;padding:1rem;color:#1a1a1a;background:#fff}" +
        "nav{display:flex;gap:1rem;align-items:baseline;border-bottom:1px solid #888;padding-bottom:.5rem}" +
        "table{border-collapse:collapse;margin:.5rem 0}th,td{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top;overflow-wrap:anywhere}" +
        "thead th{border-bottom:1px solid #888}pre{overflow-x:auto;background:#f3f3f3;padding:1rem}" +
        "form{display:flex;flex-wrap:wrap;gap:.8rem;align-items:end;margin:1rem 0}label{display:flex;flex-direction:column}" +
        "@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}pre{background:#242424}a{color:#8ab4f8}}";

    public static string Whole(string title, Html body) => Frame(
        title,
        $"<nav><strong>Postern</strong><a href=\"/\">Status</a><a href=\"/queue\">Queue</a><a href=\"/explain\">Explain</a></nav>\n<main>\n<h1>{Html.Encode(title)}</h1>\n{body}</main>\n");

    /// <param name="fault">why the last try failed; "" when there was none.</param>
    public static string SignIn(string fault)
    {
        Html body = new();
        if (fault.Length > 0) body.Paragraph(fault);
        body.Paragraph("The token stands in the file that the server named when it started.");
        body.Form("post", ConsoleGate.SignInPath, [new FormField("token", "Token", "", IsSecret: true)], "Sign in");
        return Frame("Sign in", $"<main>\n<h1>Postern</h1>\n{body}</main>\n");
    }

    public static Task WritePageAsync(this HttpContext context, string page)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(page, Encoding.UTF8, context.RequestAborted);
    }

    private static string Frame(string title, string body) =>
        $"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{Html.Encode(title)} - Postern</title>\n<style>{Style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n";

    private static string Hash(string text) => Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
