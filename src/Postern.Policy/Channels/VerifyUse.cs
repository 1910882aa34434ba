namespace Postern.Policy.Channels;

/// <summary>The answer to VRFY: <c>vrfydefault</c>, <c>vrfyallow</c>, <c>vrfyhide</c>.</summary>
public enum VerifyUse
{
    Default,
    Allow,
    Hide,
}
