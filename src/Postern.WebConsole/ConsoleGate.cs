using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Postern.WebConsole;

/// <summary>
/// Lets through who shows the token: as a bearer, or by the cookie that the sign-in page sets. Requests from elsewhere than
/// this machine, or for another host name than this machine's (DNS rebinding), are refused before anything else is looked at.
/// </summary>
internal sealed class ConsoleGate(string token)
{
    public const string SignInPath = "/sign-in";

    private const string CookieName = "postern_console";
    private const string Bearer = "Bearer ";

    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        if (!IsLocal(context))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        if (context.Request.Path == SignInPath || IsKnown(context.Request))
        {
            await next(context);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        await context.WritePageAsync(Page.SignIn(""));
    }

    public static async Task SignInAsync(HttpContext context, string token)
    {
        IFormCollection form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (!IsSame(form["token"].ToString().Trim(), token))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            await context.WritePageAsync(Page.SignIn("This is not the token."));
            return;
        }

        context.Response.Cookies.Append(CookieName, token, Cookie());
        context.Response.Redirect("/");
    }

    public static Task SignOutAsync(HttpContext context)
    {
        context.Response.Cookies.Delete(CookieName, Cookie());
        context.Response.Redirect(SignInPath);
        return Task.CompletedTask;
    }

    // Not Secure: the console speaks plain HTTP on loopback, and browsers would not send it back.
    private static CookieOptions Cookie() => new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/" };

    private static bool IsLocal(HttpContext context)
    {
        string host = context.Request.Host.Host;
        bool isOurName = host is "localhost" or "127.0.0.1" or "[::1]" or "::1";
        return isOurName && (context.Connection.RemoteIpAddress is not { } client || IPAddress.IsLoopback(client));
    }

    private bool IsKnown(HttpRequest request)
    {
        string authorization = request.Headers.Authorization.ToString();
        string shown = authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[Bearer.Length..].Trim()
            : request.Cookies[CookieName] ?? "";
        return IsSame(shown, token);
    }

    private static bool IsSame(string shown, string token) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(shown)), SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
