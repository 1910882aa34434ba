namespace Postern.Smtp.Addresses;

/// <summary>The left side of a mailbox. Compared exactly: letter case is the business of the final host (RFC 5321 §2.4).</summary>
/// <param name="Value">the text with quotes and escapes removed.</param>
/// <param name="WasQuoted">whether a quoted string was part of the input; such a local part stays opaque until its domain has been stripped.</param>
public sealed record LocalPart(string Value, bool WasQuoted)
{
    /// <summary>Canonical spelling: a dot-atom where that is possible and nothing was quoted needlessly, else one quoted string.</summary>
    public string Text => LocalPartText.Format(Value);

    public override string ToString() => Text;
}
