using System.CommandLine;
using Postern.Policy.Configuration;

namespace Postern.Cli.Commands;

/// <summary><c>postern user list</c>: the addresses of the embedded directory; never a verifier.</summary>
internal static class UserListCommand
{
    public static Command Build(GlobalOptions options)
    {
        Command command = new("list", "list the users of the embedded directory");
        command.SetAction(parsed =>
        {
            if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(options.Json))
            {
                JsonOutput.Write(output, json =>
                {
                    json.WriteStartObject();
                    json.WriteString("schema"u8, "postern/user.list/1"u8);
                    json.WriteStartArray("users"u8);
                    foreach (UserEntry user in snapshot.Users.Entries)
                    {
                        json.WriteStartObject();
                        json.WriteString("address"u8, user.Address);
                        json.WriteBoolean("login"u8, user.Verifier is not null);
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                    json.WriteEndObject();
                });
            }
            else
            {
                foreach (UserEntry user in snapshot.Users.Entries)
                    output.WriteLine(user.Verifier is null ? $"{user.Address}  (no login)" : user.Address);
            }

            return ExitCode.Done;
        });
        return command;
    }
}
