namespace Postern.Server.Callouts;

/// <summary>The file of the greylist cannot be used now.</summary>
public sealed class GreylistException(string message, Exception inner) : IOException(message, inner);
