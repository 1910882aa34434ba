namespace Postern.Server.Logs;

/// <summary>Lines that a log could not take.</summary>
/// <param name="Lines">how many, as far as known now.</param>
/// <param name="Failure">what the disk said; null: too many lines waited.</param>
public sealed record LogLoss(string File, long Lines, Exception? Failure);
