namespace Postern.Cli.Tests.Documents;

/// <summary>How the commands of a <see cref="RunnableBlock"/> end.</summary>
public enum BlockEnding
{
    /// <summary>Every command ends with code 0.</summary>
    Done,

    /// <summary><c>refused</c>: the last command is answered with no, and so ends with another code than 0.</summary>
    Refused,

    /// <summary><c>background</c>: the one command is a server, which the following blocks talk to.</summary>
    Server,
}
