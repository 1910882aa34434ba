namespace Postern.Queue;

/// <summary>Names a recipient inside its store.</summary>
/// <param name="OfWarning">where a debt is struck: that of a delay warning, not that of a failure, which may have come in the meantime.</param>
public readonly record struct RecipientKey(long CopyId, int Number, bool OfWarning = false);
