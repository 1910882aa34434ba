namespace Postern.Policy.Channels;

/// <summary>The three forms of the SASL server options (<c>nosaslserver</c>, <c>maysaslserver</c>, <c>mustsaslserver</c>).</summary>
public enum SaslUse
{
    No,
    May,
    Must,
}
