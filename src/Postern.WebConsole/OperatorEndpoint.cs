using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Postern.Queue;
using Postern.Server.Operations;

namespace Postern.WebConsole;

/// <summary>
/// Where <c>postern queue</c> asks the running server for a change: a request and an outcome as JSON. The token has been checked;
/// a form of another site cannot send this content type without being asked first.
/// </summary>
public static class OperatorEndpoint
{
    public const string Path = "/operator";

    internal static async Task RunAsync(HttpContext context, OperatorDesk operators)
    {
        if (context.Request.ContentType != "application/json")
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (OperatorRequestJson.Read(body.GetBuffer().AsMemory(0, (int)body.Length)) is not { } request)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        try
        {
            OperatorOutcome outcome = await operators.RunAsync(request, context.RequestAborted);
            context.Response.ContentType = "application/json";
            await using Utf8JsonWriter json = new(context.Response.BodyWriter);
            OperatorRequestJson.Write(json, outcome);
        }
        catch (IOException e)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync(e.Message, context.RequestAborted);
        }
    }
}
