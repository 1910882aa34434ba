using System.Text;
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

    /// <summary>The address the template makes of an entry; null when it makes none.</summary>
    internal Mailbox? Address(DeliveryTerms terms) =>
        AddressParser.Parse(Expand(terms), smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox } ? mailbox : null;

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

    private string Expand(DeliveryTerms terms)
    {
        StringBuilder text = new();
        Func<string, string> letters = s => s;
        bool skip = false;
        for (int i = 0; i < Template.Length; i++)
        {
            char c = Template[i];
            if (c != '$')
            {
                if (!skip) text.Append(c);
                skip = false;
                continue;
            }

            int mode = Template[++i] is >= '1' and <= '3' ? Template[i++] - '0' : 0;
            string? value = null;
            switch (Template[i])
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
                    value = terms.Value(Template[i]);
                    break;
            }

            if (value.Length == 0 && mode == 2 && text.Length > 0) text.Length--;
            skip = value.Length == 0 && mode == 3;
            text.Append(letters(value));
        }

        return text.ToString();
    }
}
