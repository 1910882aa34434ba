using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Smtp.Addresses;
using Postern.Smtp.Headers;

namespace Postern.Policy.Aliases;

/// <summary>The parameters of one definition while they are read. Clauses keep their order; of anything else that is said twice the last counts.</summary>
internal sealed class ListDraft(ListFiles files)
{
    private readonly ImmutableArray<HeaderEdit>.Builder _trims = ImmutableArray.CreateBuilder<HeaderEdit>();
    private readonly ImmutableArray<HeaderEdit>.Builder _additions = ImmutableArray.CreateBuilder<HeaderEdit>();
    private HeaderEdit? _tag;

    public ListFiles Files => files;

    public ListParameters Parameters { get; set; } = ListParameters.None;

    /// <summary>How the clauses that follow are joined; null is the option's default.</summary>
    public bool? Either { get; set; }

    /// <summary>Clauses that let somebody in by what anybody can write.</summary>
    public List<PostingClause> Trusting { get; } = [];

    public void Trim(HeaderEdit edit) => _trims.Add(edit);

    public void Addition(HeaderEdit edit) => _additions.Add(edit);

    public void Tag(string text) => _tag = new HeaderEdit.TagSubject(text);

    public PostingClause Clause(ListValue value, PosterTest test, bool forbids = false) =>
        new(value.Position, value.Written, test, forbids, Either);

    /// <param name="fault">null, or why the parameters do not go together.</param>
    public ListParameters Finish(out string? fault)
    {
        fault = Parameters is { ModeratorAddresses.IsEmpty: true, Moderators.IsEmpty: false } ? "moderators without [MODERATOR_ADDRESS]" : null;
        return Parameters with { HeaderEdits = [.. _trims, .. _additions, .. _tag is null ? ImmutableArray<HeaderEdit>.Empty : [_tag]] };
    }

    /// <returns>null, or why the text is no full address.</returns>
    public static string? FullAddress(string text, out Mailbox? mailbox)
    {
        mailbox = AddressParser.Parse(text, smtpUtf8: true) is AddressParse.Parsed { Mailbox: { Domain: not null } parsed } ? parsed : null;
        return mailbox is null ? "is no full address" : null;
    }
}
