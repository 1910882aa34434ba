using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Smtp.Commands;

namespace Postern.Policy.Access;

/// <summary>Builds the probes of the recipient tables (Technical Reference, "Recipient access mapping tables").</summary>
/// <param name="options">for <c>mapping_paranoia</c> and the optional fields.</param>
internal sealed class RecipientProbes(PosternOptions options)
{
    private readonly ProbeField _field = new(options.MappingParanoia);

    /// <summary>Input flags of a recipient: those of the session, and <c>S</c>, <c>F</c>, <c>D</c> for the notifications that NOTIFY asks for.</summary>
    public static InputFlags Flags(SessionFacts facts, Notify notify)
    {
        InputFlags flags = Flags(facts);
        if (notify.HasFlag(Notify.Success)) flags = flags.With('S');
        if (notify.HasFlag(Notify.Failure)) flags = flags.With('F');
        return notify.HasFlag(Notify.Delay) ? flags.With('D') : flags;
    }

    /// <summary>Input flags of a session: <c>A</c> authenticated, <c>T</c> TLS, <c>E</c> EHLO.</summary>
    public static InputFlags Flags(SessionFacts facts)
    {
        InputFlags flags = InputFlags.None;
        if (facts.AuthenticatedUser is not null) flags = flags.With('A');
        if (facts.Tls is not null) flags = flags.With('T');
        return facts.Extended ? flags.With('E') : flags;
    }

    /// <summary><c>src-channel|from|dst-channel|to</c>, in the MAIL_ tables with transport and application before it.</summary>
    /// <param name="table">decides which optional fields follow.</param>
    /// <param name="from">canonical; "" is the null reverse-path.</param>
    /// <param name="given">the RCPT address as the client wrote it: the original recipient where the client named no other.</param>
    /// <param name="tags">conversion tags so far.</param>
    public string Of(
        string table, SessionFacts facts, string from, ChannelName destination, string to, string given, EnvelopeTerms terms, ImmutableArray<string> tags)
    {
        string probe = $"{facts.Source.Current}|{_field.Of(from)}|{destination}|{_field.Of(to)}";
        if (table is AccessTables.OriginalMail or AccessTables.Mail)
            probe = $"{facts.Connection.PortInformation}|{_field.Of(facts.ApplicationInformation)}|MAIL|{probe}";
        int bits = Bits(table);
        if ((options.AccessAuth & bits) != 0) probe = $"{probe}|{_field.Of(facts.AuthenticatedUser ?? "")}";
        if ((options.AccessOrcpt & bits) != 0) probe = $"{probe}|{_field.Of(terms.OriginalRecipient ?? OriginalRecipientText.Of(given))}";
        if ((options.AccessCounts & bits) != 0) probe = $"{probe}|{terms.Commands}/{terms.Recipients}/";
        if ((options.IncludeConversionTag & TagBit(table)) != 0) probe = $"{probe}|{_field.Of(string.Join(',', tags))}";
        return probe;
    }

    /// <summary>Bit 0 stands for all four tables.</summary>
    private static int Bits(string table) => table switch
    {
        AccessTables.OriginalSend => 1 | 2,
        AccessTables.Send => 1 | 4,
        AccessTables.OriginalMail => 1 | 8,
        _ => 1 | 16,
    };

    /// <summary>The bits of INCLUDE_CONVERSIONTAG have an order of their own; those below are of tables that do not end in tags.</summary>
    private static int TagBit(string table) => table switch
    {
        AccessTables.OriginalSend => 8,
        AccessTables.Send => 16,
        AccessTables.OriginalMail => 32,
        _ => 64,
    };
}
