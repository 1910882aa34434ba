namespace Postern.Smtp.Session;

/// <summary>The output of <see cref="SmtpSession.Step"/>: what is known now, and what to do.</summary>
public sealed record SessionStep(SessionState State, SessionEffect Effect);
