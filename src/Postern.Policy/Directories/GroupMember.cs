using System.Collections.Immutable;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Directories;

/// <summary>One member of a group, or one of those who may post to it.</summary>
/// <param name="Target">where its mail goes.</param>
/// <param name="Addresses">all addresses it may write from, in the form in which addresses are compared.</param>
internal sealed record GroupMember(Mailbox Target, ImmutableArray<string> Addresses);
