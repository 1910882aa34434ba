namespace Postern.Server.Delivery.Pipe;

/// <summary>What an address of the channel <c>pipe</c> names: <c>user[+extension]%method@pipe-daemon</c>, or the method alone.</summary>
internal readonly record struct PipeAddress(string User, string Extension, string Method)
{
    /// <param name="localPart">quotes removed.</param>
    public static PipeAddress Of(string localPart)
    {
        int percent = localPart.LastIndexOf('%');
        if (percent < 0) return new PipeAddress("", "", localPart);
        string user = localPart[..percent], method = localPart[(percent + 1)..];
        int plus = user.IndexOf('+', StringComparison.Ordinal);
        return plus > 0 ? new PipeAddress(user[..plus], user[(plus + 1)..], method) : new PipeAddress(user, "", method);
    }
}
