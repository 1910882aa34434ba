namespace Postern.Policy.Channels;

/// <summary>The three forms of the TLS options (<c>notls</c>, <c>maytls</c>, <c>musttls</c>).</summary>
public enum TlsUse
{
    No,
    May,
    Must,
}
