namespace Postern.Smtp.Commands;

/// <summary>A command line that is well formed (RFC 5321 §4.1.1, RFC 3030, RFC 3207, RFC 4954). Closed: one record per verb.</summary>
public abstract record SmtpCommand
{
    private protected SmtpCommand()
    {
    }

    /// <param name="Name">as the client wrote it: letters, digits, <c>. - _ : [ ]</c>.</param>
    public sealed record Ehlo(string Name) : SmtpCommand;

    /// <inheritdoc cref="Ehlo"/>
    public sealed record Helo(string Name) : SmtpCommand;

    public sealed record Data : SmtpCommand;

    /// <summary>So many octets of content follow the line (RFC 3030 §2).</summary>
    public sealed record Bdat(long Size, bool IsLast) : SmtpCommand;

    public sealed record Rset : SmtpCommand;

    public sealed record Noop : SmtpCommand;

    public sealed record Quit : SmtpCommand;

    /// <param name="Address">as the client wrote it, which need be no address.</param>
    /// <param name="SmtpUtf8">address and reply may hold UTF-8 (RFC 6531 §3.7.4.2).</param>
    public sealed record Vrfy(string Address, bool SmtpUtf8 = false) : SmtpCommand;

    public sealed record Expn : SmtpCommand;

    public sealed record Help : SmtpCommand;

    public sealed record StartTls : SmtpCommand;

    /// <param name="Mechanism">upper case.</param>
    /// <param name="InitialResponse">base64 as sent, "" for <c>=</c>; null when there was none.</param>
    public sealed record Auth(string Mechanism, string? InitialResponse) : SmtpCommand
    {
        /// <summary>Never shows the response, which may hold a password.</summary>
        public override string ToString() => $"Auth {{ {Mechanism} }}";
    }

    /// <summary>The client is another one from now on (Postfix, XCLIENT).</summary>
    /// <param name="Argument">as sent: it is not read before the sender may say such a thing.</param>
    public sealed record XClient(string Argument) : SmtpCommand;

    /// <summary>The client that the log is to tell of (Postfix, XFORWARD).</summary>
    /// <inheritdoc cref="XClient"/>
    public sealed record XForward(string Argument) : SmtpCommand;

    /// <summary>A verb we do not know.</summary>
    public sealed record Unknown : SmtpCommand;
}
