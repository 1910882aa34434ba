using System.Globalization;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tables;

// What stands between the delimiters of a callout. Each method gives the part, or null after it reported an error.
internal sealed partial class TemplateParser
{
    private TemplatePart? Chance(string inside)
    {
        if (Argument(inside) is not { } percent)
            return null;

        // A probability written out is checked here; one that is substituted is checked when it is known.
        if (percent.Parts is [TemplatePart.Literal literal] && !TryReadPercent(literal.Text, out _))
            return Refuse($"\"{literal.Text}\" is not a percentage");

        return percent.Parts.IsEmpty ? Refuse("\"$??\" names no percentage") : new TemplatePart.Chance(percent);
    }

    /// <summary>Reads the x of <c>$?x?</c>: 0 to 100, with a fraction if need be.</summary>
    public static bool TryReadPercent(string text, out double percent) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out percent) && percent <= 100;

    private TemplatePart? Sequence(string inside)
    {
        string[] pieces = TemplateText.Split(inside, '|');
        int radix = 10;
        int width = 0;
        ulong modulus = 0;
        if (pieces.Length > 4 || pieces[0].Length == 0)
            return Refuse($"\"$#{inside}#\" is not of the form file|radix|width|modulus");

        if (pieces.Length > 1 && pieces[1].Length > 0
            && (!int.TryParse(pieces[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out radix) || radix is > 36 or < -36 or (> -2 and < 2)))
        {
            return Refuse($"\"{pieces[1]}\" is not a radix from 2 to 36, or its negative");
        }

        if (pieces.Length > 2 && pieces[2].Length > 0)
        {
            if (pieces[1].Length == 0)
                return Refuse("a sequence with a width needs a radix");

            if (!int.TryParse(pieces[2], NumberStyles.None, CultureInfo.InvariantCulture, out width) || width > 255)
                return Refuse($"\"{pieces[2]}\" is not a width from 0 to 255");
        }

        if (pieces.Length > 3 && !ulong.TryParse(pieces[3], NumberStyles.None, CultureInfo.InvariantCulture, out modulus))
            return Refuse($"\"{pieces[3]}\" is not a modulus");

        // A sequence value is never negative, so the sign of the radix, which chooses signed digits, changes nothing.
        return Argument(pieces[0]) is { } file ? new TemplatePart.Sequence(file, Math.Abs(radix), width, modulus) : null;
    }

    private TemplatePart? Table(string inside)
    {
        int semicolon = TemplateText.IndexOf(inside, ';');
        if (semicolon < 0)
            return Refuse($"\"$|{inside}|\" is not of the form table;argument");

        return Argument(inside[..semicolon]) is { } name && Argument(inside[(semicolon + 1)..]) is { } argument
            ? new TemplatePart.Table(name, argument)
            : null;
    }

    // "$[image,routine,argument]" of the ancestor names a library file and a routine in it; that and "$[routine,argument]" lead to a
    // named routine. A first name that is a file, or no routine, is an image, whose own name does not matter.
    private TemplatePart? Routine(string inside)
    {
        (string image, string rest) = Cut(inside);
        (string second, string argument) = Cut(rest);
        bool isFile = image.AsSpan().IndexOfAny(":/.") >= 0;
        string? known;
        if ((isFile || !options.Routines.Contains(image)) && options.Routines.TryGetValue(second, out known))
            rest = argument;
        else if (isFile || !options.Routines.TryGetValue(image, out known))
            return RefuseRoutine(isFile ? second : image);

        return Argument(rest) is { } value ? new TemplatePart.Routine(known, value) : null;
    }

    private TemplatePart? RefuseRoutine(string name)
    {
        string hint = Spelling.Nearest(name, options.Routines) is { } nearest ? $"did you mean \"{nearest}\"?" : "native libraries are not loaded";
        return Refuse($"no routine \"{name}\"; {hint}");
    }

    private static (string First, string Remainder) Cut(string list)
    {
        int comma = TemplateText.IndexOf(list, ',');
        return comma < 0 ? (list.Trim(), "") : (list[..comma].Trim(), list[(comma + 1)..].TrimStart());
    }

    private TemplatePart? Domain(string inside)
    {
        int comma = TemplateText.IndexOf(inside, ',');
        if (comma < 0)
            return Refuse($"\"$}}{inside}{{\" is not of the form domain,attribute");

        return Argument(inside[..comma]) is { } domain && Argument(inside[(comma + 1)..]) is { } attribute
            ? new TemplatePart.DomainAttribute(domain, attribute)
            : null;
    }
}
