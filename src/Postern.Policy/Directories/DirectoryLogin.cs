namespace Postern.Policy.Directories;

/// <summary>The entry of somebody who logs in; whether he is who he says, only a bind can tell.</summary>
/// <param name="Address">the user's address, by which policy knows him.</param>
public sealed record DirectoryLogin(string EntryDn, string Address);
