namespace Postern.Policy.Channels;

/// <summary>How the recipients of one message are spread over queue copies.</summary>
public enum CopySplit
{
    /// <summary><c>multiple</c>: one copy for all recipients.</summary>
    None,

    /// <summary><c>single_sys</c>: one copy for each next hop.</summary>
    NextHop,

    /// <summary><c>single</c>: one copy for each recipient.</summary>
    Recipient,
}
