using System.Collections.Immutable;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Aliases;

/// <summary>
/// The lists a recipient was reached through that have something to do with its copy: header, limits, password. Two paths
/// are equal when they lead through the same lists, so their recipients may share a copy.
/// </summary>
public sealed class ListPath : IEquatable<ListPath>
{
    private readonly string _key;

    /// <param name="address">the list as it was addressed.</param>
    /// <param name="outerFrom">the envelope From before this list: whom to tell when the list refuses the content.</param>
    public ListPath(ListPath? outer, AliasDefinition list, Mailbox address, string outerFrom)
    {
        Lists = outer is null ? [this] : outer.Lists.Add(this);
        List = list;
        Address = address;
        OuterFrom = outerFrom;
        _key = $"{outer?._key}{list.Key}\n";
    }

    public AliasDefinition List { get; }

    public Mailbox Address { get; }

    public string OuterFrom { get; }

    /// <summary>Outermost first; the last one is this.</summary>
    public ImmutableArray<ListPath> Lists { get; }

    public static bool Concerns(AliasDefinition alias) =>
        alias.IsList || alias.Parameters.ChecksContent || !alias.Parameters.HeaderEdits.IsEmpty || alias.Parameters is not { ReceivedFor: true, ReceivedFrom: false };

    public bool Equals(ListPath? other) => other is not null && other._key == _key;

    public override bool Equals(object? obj) => Equals(obj as ListPath);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_key);

    public override string ToString() => _key.TrimEnd('\n').Replace("\n", " -> ", StringComparison.Ordinal);
}
