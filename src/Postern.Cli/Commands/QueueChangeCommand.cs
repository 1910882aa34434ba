using System.CommandLine;
using Postern.Queue;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary>
/// <c>postern queue retry</c>, <c>hold</c>, <c>release</c>, <c>return</c> and <c>delete</c>. What is chosen by anything but the
/// ids of messages is shown first and done after a yes; a return and a deletion always are, for they cannot be taken back.
/// </summary>
internal static class QueueChangeCommand
{
    /// <summary>Lines of a preview; the rest is counted.</summary>
    private const int Shown = 10;

    /// <param name="text">an option whose text goes with the request; null where there is none to give.</param>
    /// <param name="switches">what else may be said of the change.</param>
    public static Command Build(GlobalOptions options, OperatorVerb verb, string description, Option<string?>? text = null, params ChangeSwitch[] switches)
    {
        QueueSelection selection = new();
        Option<bool> all = new("--all") { Description = "the whole queue, where nothing else chooses" };
        Option<bool> yes = new("--yes") { Description = "do not ask" };
        Option<bool> dryRun = new("--dry-run") { Description = "show what would be changed, change nothing" };
        Command command = new(verb.ToString().ToLowerInvariant(), description) { all, yes, dryRun };
        selection.AddTo(command);
        if (text is not null) command.Add(text);
        foreach (ChangeSwitch change in switches) command.Add(change.Option);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
            TextWriter error = parsed.InvocationConfiguration.Error;
            if (selection.IsEmpty(parsed) && !parsed.GetValue(all))
            {
                error.WriteLine("nothing chooses messages: give ids, options or --all");
                return ExitCode.Error;
            }

            QueueAccess access = new(options.Directory(parsed), snapshot);
            QueueFilter filter = selection.Filter(parsed, TimeProvider.System.GetUtcNow());
            QueuePreview preview = await QueuePreview.ReadAsync(access, filter, Shown, cancellation);
            if (preview.Recipients == 0)
            {
                error.WriteLine("nothing in the queue is meant by this");
                return ExitCode.No;
            }

            bool json = parsed.GetValue(options.Json);
            bool asks = !parsed.GetValue(yes) && (verb is OperatorVerb.Return or OperatorVerb.Delete || !selection.IsByIdOnly(parsed));
            if (asks || parsed.GetValue(dryRun)) preview.Write(json ? error : parsed.InvocationConfiguration.Output);
            OperatorOutcome? outcome = null;
            if (!parsed.GetValue(dryRun))
            {
                if (asks && !IsConfirmed(error, $"{command.Name} {preview.Recipients} recipients?"))
                {
                    error.WriteLine("nothing was changed");
                    return ExitCode.No;
                }

                OperatorRequest request = new(verb, QueueAccess.User, filter with { LastCopy = preview.LastCopy }, text is null ? null : parsed.GetValue(text));
                request = switches.Where(s => parsed.GetValue(s.Option)).Aggregate(request, (asked, change) => change.Set(asked));
                outcome = await access.RunAsync(request, cancellation);
            }

            if (json) JsonOutput.Write(parsed.InvocationConfiguration.Output, writer => QueueJson.WriteChange(writer, command.Name, preview.Recipients, preview.Messages, outcome));
            else if (outcome is not null) Print(parsed.InvocationConfiguration.Output, outcome);
            return outcome is { Busy: > 0 } or { Unreadable: > 0 } or { Changed: 0 } ? ExitCode.No : ExitCode.Done;
        });
        return command;
    }

    private static bool IsConfirmed(TextWriter error, string question)
    {
        error.Write($"{question} [y/N] ");
        return Console.In.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    private static void Print(TextWriter output, OperatorOutcome outcome)
    {
        output.WriteLine($"{outcome.Changed} recipients changed");
        if (outcome.Busy > 0) output.WriteLine($"{outcome.Busy} recipients busy: a delivery is under way");
        if (outcome.Unreadable > 0) output.WriteLine($"{outcome.Unreadable} recipients left alone: their message cannot be decoded and can only be deleted");
    }
}
