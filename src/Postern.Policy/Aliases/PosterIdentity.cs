namespace Postern.Policy.Aliases;

/// <summary>Who of a posting is compared with a list or table.</summary>
public enum PosterIdentity
{
    /// <summary>The envelope From: what the client gave, or what an outer list put in its place. Anybody can write it.</summary>
    EnvelopeFrom,

    /// <summary>The address of the user who authenticated; a posting without authentication has none.</summary>
    Authenticated,
}
