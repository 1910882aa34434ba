using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;
using Postern.Smtp.Sasl;

namespace Postern.Cli.Commands;

/// <summary><c>postern user add</c>: a new user of the embedded directory. The password is read, never given as an argument.</summary>
internal static class UserAddCommand
{
    private const int ShortestPassword = 8;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static Command Build(GlobalOptions options)
    {
        Argument<string> address = new("ADDRESS") { Description = "user@domain; its domain becomes local" };
        Option<bool> noLogin = new("--no-login") { Description = "a mailbox without password" };
        Command command = new("add", "add a user; the password is read from standard input") { address, noLogin };
        command.SetAction(parsed =>
        {
            if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
            TextWriter error = parsed.InvocationConfiguration.Error;
            string user = parsed.GetValue(address)!;
            if (!IsUser(user))
            {
                error.WriteLine($"\"{user}\" is no address of the form user@domain that can name a mailbox");
                return ExitCode.Error;
            }

            if (snapshot.Users.Find(user) is { } existing)
            {
                error.WriteLine($"user \"{user}\" exists already ({existing.Position})");
                return ExitCode.No;
            }

            ScramVerifier? verifier = null;
            if (!parsed.GetValue(noLogin))
            {
                string? password = PasswordPrompt.Read(error);
                if (password is null || password.Length < ShortestPassword)
                {
                    error.WriteLine(password is null ? "no password was given" : $"the password has fewer than {ShortestPassword} characters");
                    return ExitCode.Error;
                }

                verifier = ScramVerifier.Create(password, RandomNumberGenerator.GetBytes(ScramVerifier.SaltLength));
            }

            Append(Path.Combine(options.Directory(parsed), UsersFile.FileName), UsersFile.LineOf(user, verifier));
            parsed.InvocationConfiguration.Output.WriteLine($"added {user}; a running server takes it over with SIGHUP");
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Only what is unquoted and could be the name of a folder of the store.</summary>
    private static bool IsUser(string text) =>
        AddressParser.Parse(text, smtpUtf8: true) is AddressParse.Parsed { Mailbox: { Route.IsEmpty: true, Domain: MailDomain.Name, Local: { WasQuoted: false } local } }
        && !text.StartsWith('.')
        && !text.StartsWith('!')
        && local.Value.All(c => c is not ('/' or '\\' or '%' or '+') && !char.IsWhiteSpace(c));

    /// <summary>Writes the file anew beside the old one and renames it: everything that was in it stays, and a reader sees all or nothing.</summary>
    private static void Append(string file, string line)
    {
        string text = File.Exists(file) ? File.ReadAllText(file) : "";
        if (text.Length > 0 && !text.EndsWith('\n')) text += "\n";
        string temporary = $"{file}.new";
        File.Delete(temporary);
        using (FileStream stream = new(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            stream.Write(Encoding.UTF8.GetBytes($"{text}{line}\n"));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, file, overwrite: true);
    }
}
