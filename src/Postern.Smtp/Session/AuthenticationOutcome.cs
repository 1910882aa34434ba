namespace Postern.Smtp.Session;

/// <summary>The result of checking a password: yes, no, cannot tell now.</summary>
public enum AuthenticationOutcome
{
    Accepted,
    Rejected,
    Unavailable,
}
