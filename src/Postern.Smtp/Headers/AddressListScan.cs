using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Postern.Smtp.Headers;

/// <summary>
/// Finds the addresses in the body of a field such as To, so that one can be replaced and every other octet left as it is.
/// <code>
/// address-list = element *( "," element )                    ; RFC 5322 §3.4, with the obsolete forms of §4.4
/// element      = mailbox / group / nothing
/// mailbox      = [ phrase ] "&lt;" [ route ] addr-spec "&gt;" / addr-spec / local-part
/// group        = phrase ":" [ list ] ";"
/// CFWS         = comments (nested) and folding white space, between any two tokens
/// </code>
/// One pass, no backtracking. A list that breaks these rules is given up whole: nothing in it is guessed. Words with white space
/// between them are no address; such an element is passed over.
/// </summary>
public static class AddressListScan
{
    private static readonly SearchValues<byte> EndOfAtom = SearchValues.Create(" \t\r\n()<>[]:;@\\,.\""u8);

    /// <summary>Never throws.</summary>
    /// <param name="body">what stands behind the colon, with its folding, without the last line end.</param>
    /// <returns>false when this is no address list; <paramref name="found"/> is then not to be used.</returns>
    public static bool TryScan(ReadOnlySpan<byte> body, ICollection<AddressSpan> found)
    {
        ArgumentNullException.ThrowIfNull(found);
        Scanner scanner = new(body, found);
        return scanner.TryReadList();
    }

    private ref struct Scanner(ReadOnlySpan<byte> body, ICollection<AddressSpan> found)
    {
        private readonly ReadOnlySpan<byte> _body = body;
        private readonly List<byte> _text = [];
        private int _position;
        private int _first;
        private int _last;
        private bool _gap;
        private bool _afterWord;
        private bool _broken;

        public bool TryReadList()
        {
            bool inGroup = false, hasAngle = false, afterGroup = false;
            Clear();
            while (_position < _body.Length)
            {
                byte c = _body[_position];
                if (c is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'(' or (byte)',' or (byte)';') && (afterGroup || hasAngle)) return false;
                switch (c)
                {
                    case (byte)',':
                        Finish(hasAngle);
                        (hasAngle, afterGroup) = (false, false);
                        _position++;
                        break;
                    case (byte)';':
                        if (!inGroup) return false;
                        Finish(hasAngle);
                        (inGroup, hasAngle, afterGroup) = (false, false, true);
                        _position++;
                        break;
                    case (byte)':':
                        if (inGroup || _text.Count == 0) return false;
                        inGroup = true;
                        Clear();
                        _position++;
                        break;
                    case (byte)'<':
                        if (!TryReadAngle()) return false;
                        hasAngle = true;
                        break;
                    default:
                        if (!TryReadToken(route: false)) return false;
                        break;
                }
            }

            Finish(hasAngle);
            return !inGroup;
        }

        private bool TryReadAngle()
        {
            Clear();
            _position++;
            while (_position < _body.Length)
            {
                if (_body[_position] == (byte)'>')
                {
                    _position++;
                    Emit(inAngle: true);
                    Clear();
                    return true;
                }

                if (!TryReadToken(route: true)) return false;
            }

            return false;
        }

        private bool TryReadToken(bool route)
        {
            int start = _position;
            switch (_body[_position])
            {
                case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                    _gap = true;
                    _position++;
                    return true;
                case (byte)'(':
                    _gap = true;
                    return TrySkipComment();
                case (byte)'"':
                    return TrySkipTo((byte)'"') && Take(start, isWord: true);
                case (byte)'[':
                    return TrySkipTo((byte)']') && Take(start, isWord: true);
                case (byte)'@' or (byte)'.':
                    _position++;
                    return Take(start, isWord: false);
                case (byte)',' or (byte)':' when route:
                    _position++;
                    return Take(start, isWord: false);
            }

            int length = _body[_position..].IndexOfAny(EndOfAtom);
            _position = length < 0 ? _body.Length : _position + length;
            return _position > start && Take(start, isWord: true);
        }

        /// <summary>To the end of a quoted string or literal; a backslash takes the next octet with it.</summary>
        private bool TrySkipTo(byte end)
        {
            for (_position++; _position < _body.Length; _position++)
            {
                if (_body[_position] == (byte)'\\')
                {
                    _position++;
                }
                else if (_body[_position] == end)
                {
                    _position++;
                    return true;
                }
            }

            return false;
        }

        private bool TrySkipComment()
        {
            int depth = 0;
            for (; _position < _body.Length; _position++)
            {
                switch (_body[_position])
                {
                    case (byte)'\\':
                        _position++;
                        break;
                    case (byte)'(':
                        depth++;
                        break;
                    case (byte)')' when --depth == 0:
                        _position++;
                        return true;
                }
            }

            return false;
        }

        private bool Take(int start, bool isWord)
        {
            if (_text.Count == 0) _first = start;
            else if (_gap && isWord && _afterWord) _broken = true;
            foreach (byte octet in _body[start.._position])
            {
                if (octet is not ((byte)'\r' or (byte)'\n')) _text.Add(octet);
            }

            (_last, _gap, _afterWord) = (_position, false, isWord);
            return true;
        }

        private void Finish(bool hasAngle)
        {
            if (!hasAngle) Emit(inAngle: false);
            Clear();
        }

        private readonly void Emit(bool inAngle)
        {
            byte[] text = [.. _text];
            if (text.Length > 0 && !_broken && Utf8.IsValid(text)) found.Add(new AddressSpan(_first, _last - _first, inAngle, Encoding.UTF8.GetString(text)));
        }

        private void Clear()
        {
            _text.Clear();
            (_gap, _afterWord, _broken) = (false, false, false);
        }
    }
}
