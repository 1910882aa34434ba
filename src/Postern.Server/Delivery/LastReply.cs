using Postern.Smtp.Replies;

namespace Postern.Server.Delivery;

/// <summary>The last word on a recipient as the queue keeps it: <c>5.1.1 mx.example.org 550 5.1.1 no such user</c>; "-" stands for no remote host.</summary>
public sealed record LastReply(EnhancedCode Status, string? RemoteHost, string Text)
{
    public override string ToString() => $"{Status} {RemoteHost ?? "-"} {Text}";

    public static LastReply Parse(string? text)
    {
        string[] parts = (text ?? "").Split(' ', 3);
        return parts.Length == 3 && EnhancedCode.TryParse(parts[0], out EnhancedCode status)
            ? new LastReply(status, parts[1] == "-" ? null : parts[1], parts[2])
            : new LastReply(new EnhancedCode(5, 0, 0), null, text ?? "");
    }
}
