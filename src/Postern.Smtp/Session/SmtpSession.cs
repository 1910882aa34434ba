namespace Postern.Smtp.Session;

/// <summary>The SMTP dialogue of one connection as a pure function.</summary>
public static partial class SmtpSession
{
    /// <exception cref="InvalidOperationException">the event answers nothing that was asked: a bug of the caller.</exception>
    public static SessionStep Step(SessionState state, SessionEvent happened) =>
        throw new InvalidOperationException($"{happened.GetType().Name} in phase {state.Phase}");
}
