using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit;

namespace Postern.Tests;

/// <summary>
/// Gives a target inputs that nobody would write: seeds of the corpus with octets changed, taken out, put in and spliced, and strings of its pieces.
/// The seed and the number of rounds are fixed, so that a run of the tests is always the same one. With POSTERN_FUZZ_SECONDS the run lasts so long
/// and begins with a seed of its own; what a target does not bear is told with the input as it stands, to become a case.
/// </summary>
/// <param name="corpus">inputs that mean something to the target.</param>
/// <param name="pieces">what is put in and strung together.</param>
internal sealed class FuzzRun(IReadOnlyList<byte[]> corpus, IReadOnlyList<string> pieces)
{
    private const int LongestString = 16;

    private readonly byte[][] _pieces = [.. pieces.Select(Encoding.Latin1.GetBytes)];

    /// <param name="rounds">without POSTERN_FUZZ_SECONDS.</param>
    /// <param name="target">throws when it finds something wrong.</param>
    public void Run(int rounds, Action<byte[], Random> target) => RunAsync(rounds, (input, random) =>
    {
        target(input, random);
        return Task.CompletedTask;
    }).GetAwaiter().GetResult();

    /// <inheritdoc cref="Run"/>
    public async Task RunAsync(int rounds, Func<byte[], Random, Task> target)
    {
        TimeSpan? time = double.TryParse(Environment.GetEnvironmentVariable("POSTERN_FUZZ_SECONDS"), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;
        int seed = time is null ? 1 : Environment.TickCount;
        Random random = new(seed);
        Stopwatch clock = Stopwatch.StartNew();
        long round = 0;
        for (; time is { } limit ? clock.Elapsed < limit : round < rounds; round++)
        {
            byte[] input = Input(random);
            try
            {
                await target(input, random);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, round {round}: \"{Written(input)}\": {e.Message}", e);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{round} rounds, seed {seed}");
    }

    private byte[] Input(Random random)
    {
        if (corpus.Count == 0 || random.Next(4) == 0) return [.. Enumerable.Range(0, random.Next(LongestString)).SelectMany(_ => Piece(random))];
        List<byte> input = [.. corpus[random.Next(corpus.Count)]];
        for (int changes = random.Next(1, 6); changes > 0; changes--) Change(input, random);
        return [.. input];
    }

    private void Change(List<byte> input, Random random)
    {
        int at = random.Next(input.Count + 1);
        int length = Math.Min(random.Next(1, 8), input.Count - at);
        switch (random.Next(6))
        {
            case 0 when length > 0:
                input[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when length > 0:
                input[at] = (byte)random.Next(256);
                break;
            case 2:
                input.RemoveRange(at, length);
                break;
            case 3:
                input.InsertRange(at, input.GetRange(at, length));
                break;
            case 4 when corpus.Count > 1:
                byte[] other = corpus[random.Next(corpus.Count)];
                input.RemoveRange(at, input.Count - at);
                input.AddRange(other[random.Next(other.Length + 1)..]);
                break;
            default:
                input.InsertRange(at, Piece(random));
                break;
        }
    }

    private byte[] Piece(Random random) => _pieces[random.Next(_pieces.Length)];

    private static string Written(byte[] input) => string.Concat(input.Select(b => b switch
    {
        (byte)'\r' => "\\r",
        (byte)'\n' => "\\n",
        (byte)'"' or (byte)'\\' => $"\\{(char)b}",
        < 0x20 or > 0x7E => $"\\x{b:X2}",
        _ => ((char)b).ToString(),
    }));
}
