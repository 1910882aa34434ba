namespace Postern.Policy.Configuration;

/// <summary>Fields of the transaction log that options switch (Technical Reference, "Transaction logging MTA options").</summary>
[Flags]
public enum LogFields
{
    None = 0,

    /// <summary>LOG_PROCESS: the session, which ties the lines of one connection together.</summary>
    Process = 1,

    /// <summary>LOG_FILENAME: the queue id.</summary>
    FileName = 2,

    /// <summary>LOG_MESSAGE_ID.</summary>
    MessageId = 4,

    /// <summary>LOG_ENVELOPE_ID.</summary>
    EnvelopeId = 8,

    /// <summary>LOG_USERNAME: who authenticated.</summary>
    UserName = 16,

    /// <summary>LOG_NOTARY: NOTIFY of the recipient.</summary>
    Notary = 32,

    /// <summary>LOG_REASON: why a message was refused, returned or held.</summary>
    Reason = 64,

    /// <summary>LOG_DIAGNOSTICS: the words of the other side.</summary>
    Diagnostics = 128,

    /// <summary>LOG_QUEUE_TIME: seconds in the queue.</summary>
    QueueTime = 256,

    /// <summary>LOG_REMOTE_MTA: the host that answered.</summary>
    RemoteMta = 512,

    /// <summary>LOG_PRIORITY: how urgent the message is.</summary>
    Priority = 1024,

    /// <summary>LOG_INTERMEDIATE: what the client called a recipient, and what rewriting made of it before aliases.</summary>
    Intermediate = 2048,
}
