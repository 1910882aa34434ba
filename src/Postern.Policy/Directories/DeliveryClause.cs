using System.Text;
using Postern.Policy.Channels;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Directories;

/// <summary>One clause of the delivery options table: what one value of <c>mailDeliveryOption</c> means.</summary>
/// <param name="Name">the value, lower case.</param>
/// <param name="Offline"><c>@</c> or <c>$</c>: the reprocess channel does it, later.</param>
/// <param name="AnyHost"><c>#</c>: done here even when the entry's mail host is another.</param>
/// <param name="Holds"><c>/</c>: what goes this way is held.</param>
/// <param name="Template"><c>*</c> members, <c>**</c> forwarding addresses, else an address.</param>
public sealed record DeliveryClause(string Name, bool ForUsers, bool ForGroups, bool Offline, bool AnyHost, bool Holds, string Template)
{
    public bool IsMembers => Template == "*";

    public bool IsForwarding => Template == "**";

    /// <summary>
    /// The address the template makes of an entry; null when it makes none. Local part and domain are filled in apart, so that what
    /// a client wrote into one of them cannot become the other.
    /// </summary>
    internal Mailbox? Address(DeliveryTerms terms)
    {
        int at = Template.LastIndexOf('@');
        if (at <= 0)
            return AddressParser.Parse(Expand(Template, terms), smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox } ? mailbox : null;
        string local = Expand(Template[..at], terms), host = Expand(Template[(at + 1)..], terms);
        return local.Length > 0 && ChannelTable.KeyOf(host) is { } key ? new Mailbox(new LocalPart(local, WasQuoted: false), new MailDomain.Name(host, key)) : null;
    }

    /// <summary>Whether every <c>$</c> sequence is one that <see cref="Expand"/> knows.</summary>
    internal static bool IsTemplate(string template)
    {
        for (int i = 0; i < template.Length; i++)
        {
            if (template[i] != '$') continue;
            if (++i < template.Length && template[i] is '1' or '2' or '3') i++;
            if (i >= template.Length || !"MUDHAISFPX\\^_$".Contains(template[i], StringComparison.Ordinal)) return false;
        }

        return true;
    }

    private static string Expand(string template, DeliveryTerms terms)
    {
        StringBuilder text = new();
        Func<string, string> letters = s => s;
        bool skip = false;
        for (int i = 0; i < template.Length; i++)
        {
            char c = template[i];
            if (c != '$')
            {
                if (!skip) text.Append(c);
                skip = false;
                continue;
            }

            int mode = template[++i] is >= '1' and <= '3' ? template[i++] - '0' : 0;
            string? value = null;
            switch (template[i])
            {
                case '\\':
                    letters = s => s.ToLowerInvariant();
                    continue;
                case '^':
                    letters = s => s.ToUpperInvariant();
                    continue;
                case '_':
                    letters = s => s;
                    continue;
                case '$':
                    value = "$";
                    break;
                default:
                    value = terms.Value(template[i]);
                    break;
            }

            if (value.Length == 0 && mode == 2 && text.Length > 0) text.Length--;
            skip = value.Length == 0 && mode == 3;
            text.Append(letters(value));
        }

        return text.ToString();
    }
}
