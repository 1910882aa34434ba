using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Policy.Access;
using Postern.Policy.Callouts;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Aliases;

/// <summary>
/// Address reversal: internal addresses become public ones on their way out (Administration Guide 6.3, ch. 10 "To convert
/// addresses from an internal form to a public form"). The reverse table is asked first, then the REVERSE mapping. Never for
/// envelope recipients.
/// </summary>
/// <remarks>
/// Patterns can ask where the address stands: <c>$:E</c> envelope, <c>$:B</c> header, <c>$:F</c> recipient, <c>$:R</c> sender,
/// <c>$:I</c> message id. Whether a channel wants reversal (<c>noreverse</c>) and whether the envelope takes part
/// (REVERSE_ENVELOPE) is asked here too.
/// </remarks>
public sealed class AddressReversal
{
    private const string TableName = "REVERSE";

    // Bits of USE_REVERSE_DATABASE.
    private const int Enabled = 1 | 2;
    private const int AllAddresses = 4;
    private const int ByChannel = 8;
    private const int MessageIds = 128;

    private readonly ConfigurationSnapshot _snapshot;
    private readonly AccessTables _tables;
    private readonly MappingTable? _mapping;
    private readonly int _use;
    private readonly Func<double> _random;

    internal AddressReversal(ConfigurationSnapshot snapshot, AccessTables tables, Func<double> random)
    {
        _random = random;
        _snapshot = snapshot;
        _tables = tables;
        _mapping = snapshot.Mappings.Find(TableName);
        _use = snapshot.Options.UseReverseDatabase;
    }

    /// <summary>Nothing can ever be reversed here.</summary>
    public bool IsIdle => (_use & Enabled) == 0 || (_mapping is null && _snapshot.ReverseTable.IsEmpty);

    public ReversalResult Reverse(Mailbox address, AddressPlace place, ChannelName source, ChannelName destination, CalloutAnswers? answers = null) =>
        Reverse(address, place, source, destination, new Inquiry(answers ?? CalloutAnswers.Empty, _random));

    internal ReversalResult Reverse(Mailbox address, AddressPlace place, ChannelName source, ChannelName destination, Inquiry inquiry)
    {
        // What is handed back comes by here again, and its rules must still see who sent it.
        if (IsIdle || destination.HandsBack || !Applies(place) || _snapshot.Channels.FindByName(destination) is { Reverse: false }) return ReversalResult.Unchanged;
        ImmutableArray<ExplanationStep>.Builder steps = ImmutableArray.CreateBuilder<ExplanationStep>();
        string text = address.ToString();
        if (Look(text, source, destination, steps) is { } listed) return Result(listed, text, steps);
        if (_mapping is null) return ReversalResult.Unchanged;

        string probe = (_use & ByChannel) != 0 ? Fields(text, source, destination) : text;
        TableAnswer asked = _tables.Ask(_mapping, probe, Flags(place), inquiry);
        steps.AddRange(asked.Steps(decides: false));
        if (asked.Fault is not null) return new ReversalResult(null, CannotTell: true, steps.ToImmutable());
        if (asked.Result is not MappingResult.Match { AllFailed: false } match || !(match.Flags.Has('Y') || match.Flags.Has('D')))
            return new ReversalResult(null, false, steps.ToImmutable());
        string output = match.Flags.Has('D') ? Look(match.Output, source, destination, steps) ?? match.Output : match.Output;
        return Result(output, text, steps);
    }

    private bool Applies(AddressPlace place)
    {
        if (place.Envelope) return !place.Forward && _snapshot.Options.ReverseEnvelope;
        return place.MessageId ? (_use & MessageIds) != 0 : !place.Forward || (_use & AllAddresses) != 0;
    }

    private string? Look(string text, ChannelName source, ChannelName destination, ImmutableArray<ExplanationStep>.Builder steps)
    {
        string key = (_use & ByChannel) != 0 ? Fields(text, source, destination) : text;
        if (!_snapshot.ReverseTable.TryGetValue(key, out string? found)) return null;
        steps.Add(new ExplanationStep.Note($"reverse table: {key} -> {found}"));
        return found;
    }

    private static ReversalResult Result(string output, string before, ImmutableArray<ExplanationStep>.Builder steps)
    {
        if (output == before) return new ReversalResult(null, false, steps.ToImmutable());
        if (AddressParser.Parse(output, smtpUtf8: true) is AddressParse.Parsed { Mailbox: { Domain: not null } mailbox })
            return new ReversalResult(mailbox, false, steps.ToImmutable());
        steps.Add(new ExplanationStep.Note($"REVERSE ignored: \"{output}\" is no full address"));
        return new ReversalResult(null, false, steps.ToImmutable());
    }

    private string Fields(string text, ChannelName source, ChannelName destination) =>
        $"{source}|{destination}|{new ProbeField(_snapshot.Options.MappingParanoia).Of(text)}";

    private static InputFlags Flags(AddressPlace place)
    {
        InputFlags flags = InputFlags.None.With(place.Envelope ? 'E' : 'B').With(place.Forward ? 'F' : 'R');
        return place.MessageId ? flags.With('I') : flags;
    }
}
