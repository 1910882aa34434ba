using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Policy.Access;
using Postern.Policy.Callouts;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;

namespace Postern.Policy.Aliases;

/// <summary>
/// The FORWARD mapping and the forward table (Administration Guide 6.3, ch. 10 "FORWARD address mapping"): asked for every
/// recipient that rewriting and aliases have done with, the mapping first. A hit in the table always starts rewriting anew.
/// </summary>
internal sealed class AddressForwarding(ConfigurationSnapshot snapshot, AccessTables tables)
{
    private const string TableName = "FORWARD";

    // Bits of USE_FORWARD_DATABASE.
    private const int UseTable = 1;
    private const int TableByChannel = 8;
    private const int MappingByChannel = 16;

    private readonly MappingTable? _mapping = snapshot.Mappings.Find(TableName);
    private readonly int _use = snapshot.Options.UseForwardDatabase;
    private readonly ProbeField _field = new(snapshot.Options.MappingParanoia);

    /// <summary>Nothing can ever be forwarded here.</summary>
    public bool IsIdle => _mapping is null && ((_use & UseTable) == 0 || snapshot.ForwardTable.IsEmpty);

    /// <param name="from">envelope From at this point.</param>
    public ForwardAnswer Ask(Mailbox address, string from, SessionFacts facts, Notify notify, Inquiry inquiry)
    {
        ImmutableArray<ExplanationStep>.Builder steps = ImmutableArray.CreateBuilder<ExplanationStep>();
        string text = address.ToString();
        bool final = false, holds = false;
        if (_mapping is not null)
        {
            string probe = (_use & MappingByChannel) != 0 ? Fields(facts.Source.Current, from, text) : text;
            TableAnswer asked = tables.Ask(_mapping, probe, Flags(facts, notify), inquiry);
            steps.AddRange(asked.Steps(decides: false));
            if (asked.Fault is not null) return new ForwardAnswer(null, false, false, false, CannotTell: true, steps.ToImmutable());
            if (asked.Result is MappingResult.Match { AllFailed: false } match)
            {
                (final, holds) = (match.Flags.Has('H'), match.Flags.Has('I'));
                if (match.Flags.Has('G') && Look(facts.Source.Current, from, match.Output, steps) is { } found) return Changed(found, text, true, final, holds, steps);
                if (match.Flags.Has('Y') || match.Flags.Has('D')) return Changed(match.Output, text, match.Flags.Has('D'), final, holds, steps);
                if (match.Flags.Has('N') || holds) return new ForwardAnswer(null, false, final, holds, false, steps.ToImmutable());
            }
        }

        return (_use & UseTable) != 0 && Look(facts.Source.Current, from, text, steps) is { } entry
            ? Changed(entry, text, true, final, holds, steps)
            : new ForwardAnswer(null, false, final, holds, false, steps.ToImmutable());
    }

    private static ForwardAnswer Changed(string output, string before, bool restarts, bool final, bool holds, ImmutableArray<ExplanationStep>.Builder steps)
    {
        if (output == before) return new ForwardAnswer(null, false, final, holds, false, steps.ToImmutable());
        if (AddressParser.Parse(output, smtpUtf8: true) is AddressParse.Parsed { Mailbox: { Domain: not null } mailbox })
            return new ForwardAnswer(mailbox, restarts, final, holds, false, steps.ToImmutable());
        steps.Add(new ExplanationStep.Note($"FORWARD ignored: \"{output}\" is no full address"));
        return new ForwardAnswer(null, false, final, holds, false, steps.ToImmutable());
    }

    private string? Look(ChannelName source, string from, string text, ImmutableArray<ExplanationStep>.Builder steps)
    {
        string key = (_use & TableByChannel) != 0 ? Fields(source, from, text) : text;
        if (!snapshot.ForwardTable.TryGetValue(key, out string? found)) return null;
        steps.Add(new ExplanationStep.Note($"forward table: {key} -> {found}"));
        return found;
    }

    private string Fields(ChannelName source, string from, string to) => $"{source}|{_field.Of(from)}|{_field.Of(to)}";

    private InputFlags Flags(SessionFacts facts, Notify notify)
    {
        InputFlags flags = RecipientProbes.Flags(facts);
        if (snapshot.Channels.FindByName(facts.Source.Current) is { Lmtp: true }) flags = flags.With('L');
        if (notify.HasFlag(Notify.Success)) flags = flags.With('S');
        if (notify.HasFlag(Notify.Failure)) flags = flags.With('F');
        return notify.HasFlag(Notify.Delay) ? flags.With('D') : flags;
    }
}
