using System.Collections.Immutable;

namespace Postern.Policy.Configuration;

/// <summary>A program that mail may be given to: a method of the channel <c>pipe</c> (Administration Guide 6.3, "Delivering to a program").</summary>
/// <param name="Name">the method, as in <c>user%method@pipe-daemon</c>; compared case-blind.</param>
/// <param name="Executable">an absolute path.</param>
/// <param name="Arguments">one each; in them <c>%s</c> stands for the user, <c>%%</c> for a percent sign.</param>
/// <param name="TimeLimit">then it is killed, and the mail tried again.</param>
public sealed record ProgramDefinition(string Name, string Executable, ImmutableArray<string> Arguments, TimeSpan TimeLimit);
