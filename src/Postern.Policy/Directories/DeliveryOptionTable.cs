using System.Buffers;
using System.Collections.Immutable;

namespace Postern.Policy.Directories;

// table  = clause *( "," clause )
// clause = *prefix name "=" template
// prefix = "*" users / "&" groups / "@" "$" later / "#" any host / "/" held

/// <summary>What each value of <c>mailDeliveryOption</c> means (Administration Guide 6.3, "Delivery options").</summary>
public sealed class DeliveryOptionTable
{
    private const string DefaultText = "*mailbox=$M%$\\$2I$_+$2S@ims-ms-daemon, &members=*, /hold=@hold-daemon:$A, &@members_offline=*, #forward=**";

    private static readonly SearchValues<char> Prefixes = SearchValues.Create("*&@$#/^!");

    private DeliveryOptionTable(ImmutableArray<DeliveryClause> clauses) => Clauses = clauses;

    /// <summary>Without the clauses that run programs, write files or answer by themselves: a site that wants them says so.</summary>
    public static DeliveryOptionTable Default { get; } = Parse(DefaultText, out _)!;

    public ImmutableArray<DeliveryClause> Clauses { get; }

    /// <param name="fault">one line why the text is no table; null when it is one.</param>
    public static DeliveryOptionTable? Parse(string text, out string? fault)
    {
        ArgumentNullException.ThrowIfNull(text);
        fault = null;
        ImmutableArray<DeliveryClause>.Builder clauses = ImmutableArray.CreateBuilder<DeliveryClause>();
        foreach (string piece in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int name = piece.AsSpan().IndexOfAnyExcept(Prefixes);
            int equals = piece.IndexOf('=', StringComparison.Ordinal);
            if (name < 0 || equals <= name || equals == piece.Length - 1)
            {
                fault = $"\"{piece}\" is not of the form option=address";
                return null;
            }

            string prefix = piece[..name], template = piece[(equals + 1)..].Trim();
            if (prefix.AsSpan().IndexOfAny("^!") >= 0)
            {
                fault = $"\"{piece}\" answers automatically, which this release does not do";
                return null;
            }

            if (!DeliveryClause.IsTemplate(template))
            {
                fault = $"\"{template}\" holds a \"$\" sequence that delivery options do not know";
                return null;
            }

            bool users = prefix.Contains('*', StringComparison.Ordinal), groups = prefix.Contains('&', StringComparison.Ordinal);
            clauses.Add(new DeliveryClause(
                piece[name..equals].Trim().ToLowerInvariant(),
                ForUsers: users || !groups,
                ForGroups: groups || !users,
                Offline: prefix.AsSpan().IndexOfAny("@$") >= 0,
                AnyHost: prefix.Contains('#', StringComparison.Ordinal),
                Holds: prefix.Contains('/', StringComparison.Ordinal),
                template));
        }

        return new DeliveryOptionTable(clauses.ToImmutable());
    }

    public DeliveryClause? Find(string name, bool isGroup)
    {
        foreach (DeliveryClause clause in Clauses)
        {
            if ((isGroup ? clause.ForGroups : clause.ForUsers) && clause.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return clause;
        }

        return null;
    }
}
