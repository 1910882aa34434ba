using System.Net;
using System.Net.Sockets;
using CsCheck;
using Postern.Mapping.Patterns;

namespace Postern.Mapping.Tests.Patterns;

public sealed class AddressTextTests
{
    [Fact]
    public void Every_IPv4_address_is_read_back()
    {
        Gen.UInt.Sample(value =>
        {
            string text = $"{value >> 24}.{(value >> 16) & 255}.{(value >> 8) & 255}.{value & 255}";
            return AddressText.TryRead4(text, out uint read) && read == value;
        });
    }

    [Fact]
    public void Every_IPv6_address_is_read_back_as_the_framework_writes_it()
    {
        // Groups of zeros are frequent, so that the gap is met in every place.
        Gen.OneOf(Gen.Const((ushort)0), Gen.UShort).Array[8].Sample(groups =>
        {
            UInt128 value = groups.Aggregate(UInt128.Zero, (sum, group) => (sum << 16) | group);
            byte[] bytes = [.. groups.SelectMany(g => new[] { (byte)(g >> 8), (byte)g })];
            return AddressText.TryRead6(new IPAddress(bytes).ToString(), out UInt128 read) && read == value;
        });
    }

    [Fact]
    public void Text_is_an_IPv6_address_when_the_framework_says_so()
    {
        string[] pieces = ["0", "1", "ab", "FFFF", "12345", ":", "::", ".", "1.2.3.4"];
        Gen.Int[0, pieces.Length - 1].Array[1, 10].Sample(
            chosen =>
            {
                string text = string.Concat(chosen.Select(i => pieces[i]));
                // The framework takes a gap for no group at all, which RFC 4291 does not have.
                bool framework = IPAddress.TryParse(text, out IPAddress? address) && address!.AddressFamily == AddressFamily.InterNetworkV6;
                bool ours = AddressText.TryRead6(text, out _);
                Assert.True(framework == ours || (framework && text.Contains("::", StringComparison.Ordinal)), text);
            },
            iter: 20_000);
    }
}
