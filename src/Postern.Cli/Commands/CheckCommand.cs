using System.Collections.Immutable;
using System.CommandLine;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;
using Postern.Server.Listening;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary><c>postern check</c>: loads everything and prints all errors and warnings with file:line.</summary>
internal static class CheckCommand
{
    public static Command Build(GlobalOptions options)
    {
        Command command = new("check", "load the whole configuration and print every error and warning");
        command.SetAction(parsed => Run(parsed, options));
        return command;
    }

    private static int Run(ParseResult parsed, GlobalOptions options)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        ConfigurationResult result = ConfigurationOnDisk.Load(options.Directory(parsed), version: 1);
        ImmutableArray<Diagnostic> diagnostics = result.Snapshot is { } snapshot
            ?
            [
                .. result.Diagnostics,
                .. InternalAddressChecks.CheckSurroundings(snapshot.Mappings, SharedAddresses.Look()),
                .. CertificateChecks.Check(snapshot, TimeProvider.System.GetUtcNow()),
            ]
            : result.Diagnostics;
        bool isSound = !diagnostics.Any(d => d.IsError);
        if (parsed.GetValue(options.Json))
        {
            JsonOutput.Write(output, json =>
            {
                json.WriteStartObject();
                json.WriteString("schema"u8, "postern/check/1"u8);
                json.WriteBoolean("ok"u8, isSound);
                json.WriteStartArray("diagnostics"u8);
                foreach (Diagnostic diagnostic in diagnostics)
                {
                    json.WriteStartObject();
                    json.WriteString("severity"u8, diagnostic.IsError ? "error"u8 : "warning"u8);
                    json.WriteString("file"u8, diagnostic.File);
                    json.WriteNumber("line"u8, diagnostic.Line);
                    json.WriteString("text"u8, diagnostic.Text);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            });
        }
        else
        {
            foreach (Diagnostic diagnostic in diagnostics) output.WriteLine(diagnostic);
            int errors = diagnostics.Count(d => d.IsError);
            output.WriteLine($"{errors} errors, {diagnostics.Length - errors} warnings");
        }

        return isSound ? ExitCode.Done : ExitCode.Error;
    }
}
