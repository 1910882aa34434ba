namespace Postern.Smtp.Commands;

/// <summary>Why a command line was refused. Closed; <see cref="RefusalReply"/> makes the reply of each.</summary>
public enum CommandRefusal
{
    /// <summary>A verb that needs an argument came without.</summary>
    ArgumentMissing,

    /// <summary>A verb that takes no argument came with one.</summary>
    ArgumentForbidden,

    /// <summary>The name of HELO or EHLO holds characters of no name or literal, or blanks.</summary>
    BadHeloName,

    /// <summary>MAIL without <c>FROM:</c>, RCPT without <c>TO:</c>.</summary>
    PathKeywordMissing,

    /// <summary>A path without its angle brackets, or with text right behind them.</summary>
    PathNotBracketed,

    BadSender,

    BadRecipient,

    /// <summary>The path is an address of RFC 6531, which was not agreed upon.</summary>
    NeedsSmtpUtf8,

    /// <summary>A parameter is no <c>keyword[=value]</c>, came twice or has a bad value.</summary>
    BadParameter,

    /// <summary>A parameter of an extension we do not offer.</summary>
    UnknownParameter,

    /// <summary>BDAT without a size that can be read: nobody knows where its chunk ends.</summary>
    BadChunkSize,

    /// <summary>AUTH with more than a mechanism and a response.</summary>
    BadAuthArgument,
}
