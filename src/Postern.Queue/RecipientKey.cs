namespace Postern.Queue;

/// <summary>Names a recipient inside its store.</summary>
public readonly record struct RecipientKey(long CopyId, int Number);
