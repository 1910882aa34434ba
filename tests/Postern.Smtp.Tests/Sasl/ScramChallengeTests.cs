using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Postern.Smtp.Sasl;

namespace Postern.Smtp.Tests.Sasl;

/// <summary>The server's side of SCRAM-SHA-256 against a client that is written from RFC 5802 alone; the dialogue is in scram.smtp.</summary>
public sealed class ScramChallengeTests
{
    private const int Iterations = 2;
    private const string Nonce = "ours";

    [Fact]
    public void Right_password_is_right_and_every_other_is_wrong() => Gen.Select(Gen.String, Gen.String, Gen.Byte.Array[1, 64]).Sample(
        (password, other, salt) =>
        {
            ScramVerifier verifier = ScramVerifier.Create(password, salt, Iterations);
            ScramChallenge challenge = new(ScramClientFirst.Parse("n,,n=u,r=theirs")!, verifier, Nonce, []);
            (string final, string server) = Answer(challenge, "n=u,r=theirs", "n,,"u8, password, salt);
            Assert.Equal(server, Assert.IsType<ScramProof.Right>(challenge.Check(final)).ServerFinal);
            if (Encoding.UTF8.GetBytes(other).AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(password))) return;
            Assert.IsType<ScramProof.Wrong>(challenge.Check(Answer(challenge, "n=u,r=theirs", "n,,"u8, other, salt).Final));
        },
        iter: 1000,
        seed: "0000000000007");

    [Fact]
    public void One_bit_of_the_proof_makes_it_wrong()
    {
        byte[] salt = new byte[ScramVerifier.SaltLength];
        ScramChallenge challenge = new(ScramClientFirst.Parse("n,,n=u,r=theirs")!, ScramVerifier.Create("p", salt, Iterations), Nonce, []);
        string final = Answer(challenge, "n=u,r=theirs", "n,,"u8, "p", salt).Final;
        int at = final.LastIndexOf(',') + 3;
        for (int bit = 0; bit < SHA256.HashSizeInBits; bit++)
        {
            byte[] proof = Convert.FromBase64String(final[at..]);
            proof[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.IsType<ScramProof.Wrong>(challenge.Check(final[..at] + Convert.ToBase64String(proof)));
        }
    }

    [Fact]
    public void Proof_of_one_exchange_is_wrong_in_the_next()
    {
        byte[] salt = new byte[ScramVerifier.SaltLength];
        ScramVerifier verifier = ScramVerifier.Create("p", salt, Iterations);
        ScramClientFirst first = ScramClientFirst.Parse("n,,n=u,r=theirs")!;
        string final = Answer(new ScramChallenge(first, verifier, Nonce, []), "n=u,r=theirs", "n,,"u8, "p", salt).Final;
        Assert.IsType<ScramProof.Right>(new ScramChallenge(first, verifier, Nonce, []).Check(final));
        Assert.IsType<ScramProof.Wrong>(new ScramChallenge(first, verifier, "next", []).Check(final));
        Assert.IsType<ScramProof.Wrong>(new ScramChallenge(first, verifier, "next", []).Check(final.Replace("theirsours", "theirsnext", StringComparison.Ordinal)));
    }

    /// <summary>Any octets in any place: an answer, never an exception, and never a right one.</summary>
    [Fact]
    public void Whatever_a_client_sends_is_answered()
    {
        ScramVerifier verifier = ScramVerifier.Decoy("u", "secret"u8, Iterations);
        Gen<string> text = Gen.OneOf(Gen.String[Gen.Char["nyrpcavm=,2CD +/\0\u00e4-x"], 0, 40], Gen.String[0, 40]);
        Gen.Select(text, text, text).Sample(
            (one, two, three) =>
            {
                _ = ScramClientFirst.Parse(one);
                ScramChallenge challenge = new(ScramClientFirst.Parse("n,,n=u,r=theirs")!, verifier, Nonce, []);
                Assert.IsNotType<ScramProof.Right>(challenge.Check(two));
                Assert.IsNotType<ScramProof.Right>(challenge.Check($"c=biws,r=theirsours,{two},p={three}"));
            },
            iter: 20_000,
            seed: "0000000000003");
    }

    [Fact]
    public void Verifier_of_nobody_is_the_same_each_time_and_another_for_each_name()
    {
        Assert.Equal(ScramVerifier.Decoy("a", "s"u8, 10), ScramVerifier.Decoy("a", "s"u8, 10));
        Assert.NotEqual(ScramVerifier.Decoy("a", "s"u8, 10).Salt, ScramVerifier.Decoy("b", "s"u8, 10).Salt);
        Assert.NotEqual(ScramVerifier.Decoy("a", "s"u8, 10).Salt, ScramVerifier.Decoy("a", "t"u8, 10).Salt);
        Assert.Equal(ScramVerifier.SaltLength, ScramVerifier.Decoy("a", "s"u8, 10).Salt.Length);
    }

    /// <summary>RFC 5802 §3, the client's side.</summary>
    private static (string Final, string Server) Answer(ScramChallenge challenge, string bare, ReadOnlySpan<byte> bound, string password, byte[] salt)
    {
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, Iterations, HashAlgorithmName.SHA256, 32);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        string nonce = challenge.Message.Split(',')[0];
        string without = $"c={Convert.ToBase64String(bound)},{nonce}";
        byte[] dialogue = Encoding.UTF8.GetBytes($"{bare},{challenge.Message},{without}");
        byte[] proof = [.. HMACSHA256.HashData(SHA256.HashData(clientKey), dialogue).Zip(clientKey, (s, k) => (byte)(s ^ k))];
        string server = Convert.ToBase64String(HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), dialogue));
        return ($"{without},p={Convert.ToBase64String(proof)}", $"v={server}");
    }
}
