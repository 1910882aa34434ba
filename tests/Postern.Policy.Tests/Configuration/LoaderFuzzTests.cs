using CsCheck;
using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Configuration;

/// <summary>Whatever stands in a file, loading answers with diagnostics: a snapshot exactly when none is an error.</summary>
public sealed class LoaderFuzzTests
{
    private const string Seed = "0000KOmA2fo6";
    private const long Rounds = 200;

    private static readonly string[] Words =
    [
        "l", "tcp_a", "smtp", "defaults", "nodefaults", "port", "backoff \"PT5M\"", "notices 1", "daemon", "a.example", "-daemon", "$U%$H@", "$A$E", "$*", "[]", ".",
        "<users", "<", "[SERVICE=smtp]", "[POOL=P]", "PORT=25", "PARAMETER=\"CHANNEL=l\"", "JOB_LIMIT=2", "=", "ORIG_SEND_ACCESS", "INTERNAL_IP", "  *  $Y",
        "  $(10.0.0.0/8) $N", "$|INTERNAL_IP;$0|", "bob@example.com *", "postmaster: bob", "SCRAM-SHA-256$1:AA==$", "REPLY_ID=0", "GENERAL_TEXT=users",
        "\"", "\\", "!", "|", "*", "\u0000", "\uFEFF", "\uD800", "é",
    ];

    private static readonly string[] Ends = ["\n", "\n\n", " ", "\r\n", "\\\n", "\t", ""];

    private static readonly Gen<string> Piece = Gen.OneOf(Gen.Int[0, Words.Length - 1].Select(i => Words[i]), Gen.Char[' ', '~'].Array[0, 8].Select(c => new string(c)));

    private static readonly Gen<string> Text = Gen.Select(Piece, Gen.Int[0, Ends.Length - 1], (piece, end) => piece + Ends[end]).Array[0, 30].Select(string.Concat);

    [Theory]
    [InlineData("postern.cnf")]
    [InlineData("mappings")]
    [InlineData("aliases")]
    [InlineData("option.dat")]
    [InlineData("dispatcher.cnf")]
    [InlineData("job_controller.cnf")]
    [InlineData("users")]
    public void Random_text_never_throws(string file) => Gen.Select(Text, Gen.Bool).Sample(
        (text, append) => Judge(InitialSite.Files.With(file, old => append ? old + text : text)), seed: Seed, iter: Rounds, threads: 1);

    [Theory]
    [InlineData("postern.cnf")]
    [InlineData("mappings")]
    [InlineData("dispatcher.cnf")]
    public void Damaged_file_never_throws(string file) => Gen.Select(Gen.Int[0, 6000], Gen.Int[0, 40], Piece).Sample(
        (at, length, piece) => Judge(InitialSite.Files.With(file, old => Damage(old, at, length, piece))), seed: Seed, iter: Rounds, threads: 1);

    private static string Damage(string text, int at, int length, string piece)
    {
        int start = at % text.Length;
        return string.Concat(text.AsSpan(0, start), piece, text.AsSpan(Math.Min(start + length, text.Length)));
    }

    private static bool Judge(SiteFiles files)
    {
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", files, new Dictionary<string, string>(StringComparer.Ordinal), version: 1);
        return loaded.Snapshot is null == loaded.Diagnostics.Any(d => d.IsError) && loaded.Diagnostics.All(d => !d.Text.AsSpan().ContainsAny('\n', '\r'));
    }
}
