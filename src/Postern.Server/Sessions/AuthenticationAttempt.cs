using System.Collections.Immutable;

namespace Postern.Server.Sessions;

/// <summary>One try to authenticate. It has failed unless it is said to have succeeded.</summary>
public sealed class AuthenticationAttempt
{
    private readonly ImmutableArray<FailureCount> _counts;
    private readonly Action _remember;

    internal AuthenticationAttempt(ImmutableArray<FailureCount> counts, Action remember)
    {
        _counts = counts;
        _remember = remember;
    }

    /// <summary>The failures of this address that are not forgotten yet, this one included; of the user's own where he is known.</summary>
    public int Failures => _counts.IsEmpty ? 0 : _counts[0].Level;

    /// <summary>The user is known at this address from now on.</summary>
    public void Succeeded()
    {
        Forget();
        _remember();
    }

    /// <summary>Nobody could tell whether the password was right.</summary>
    public void Forget()
    {
        foreach (FailureCount count in _counts) count.TakeBack();
    }
}
