using System.Text;
using Postern.Smtp.Headers;

namespace Postern.Smtp.Tests.Headers;

public sealed class HeaderScanTests
{
    [Theory]
    [InlineData("A: b\r\n\r\nbody", 6)]
    [InlineData("A: b\r\nC: d\r\n\r\n", 12)]
    [InlineData("\r\nbody", 0)]
    [InlineData("A: b\r\n", null)]
    [InlineData("A: b\n\nbody", null)]
    [InlineData("", null)]
    public void Header_ends_at_the_first_empty_line(string message, int? end)
    {
        bool found = HeaderScan.TryFindEnd(Encoding.ASCII.GetBytes(message), out int at);
        Assert.Equal(end, found ? at : null);
    }

    [Theory]
    [InlineData("Received: a\r\nreceived: b\r\nX: c\r\n", 2)]
    [InlineData("Received : a\r\n", 1)]
    [InlineData("Received\t: a\r\n", 1)]
    [InlineData("Received-SPF: a\r\n", 0)]
    [InlineData("XReceived: a\r\n", 0)]
    [InlineData("X: a\r\n Received: b\r\n", 0)]
    [InlineData("X: a\r\n\r\nReceived: b\r\n", 0)]
    [InlineData("Received", 0)]
    [InlineData("Received:", 1)]
    [InlineData("", 0)]
    public void Fields_are_counted_by_name(string header, int count) =>
        Assert.Equal(count, HeaderScan.Count(Encoding.ASCII.GetBytes(header), "Received"u8));

    [Fact]
    public void Scanning_allocates_nothing()
    {
        byte[] header = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("Received: from a by b\r\n\tid c\r\n", 50)) + "\r\n");
        Scan(header);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Scan(header);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Scan(byte[] header)
    {
        if (!HeaderScan.TryFindEnd(header, out int end) || HeaderScan.Count(header.AsSpan(0, end), "RECEIVED"u8) != 50)
            throw new InvalidOperationException("the scan is wrong");
    }
}
