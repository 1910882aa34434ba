using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Postern.Policy.Configuration;
using Postern.Queue;

namespace Postern.Server.Delivery.Pipe;

/// <summary>
/// One run of a program with a message on its standard input. No shell is involved: arguments are handed over one by one, and
/// nothing of our own environment.
/// </summary>
/// <remarks>
/// The program's exit decides. What it started may live on and keep its outputs open; nobody waits for these longer than <see cref="Linger"/>.
/// </remarks>
internal static class ProgramRun
{
    /// <summary>So much of what the program says is kept, in characters.</summary>
    private const int KeptOutput = 1024;

    /// <summary>How long the end of the outputs is waited for once the program has ended.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    /// <param name="arguments">as the program is to see them.</param>
    /// <param name="write">writes the message. Ended early when the program does not read on, which is its right.</param>
    /// <exception cref="QueueReadException">the message cannot be read; the program was killed.</exception>
    public static async Task<ProgramResult> RunAsync(
        ProgramDefinition program,
        IEnumerable<string> arguments,
        IEnumerable<KeyValuePair<string, string>> environment,
        Func<Stream, CancellationToken, Task> write,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(program.Executable)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = "/",
        };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        ProgramFamily family = new();
        start.Environment[ProgramFamily.Variable] = family.Value;

        using Process process = new() { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new ProgramResult.NotStarted(e.Message);
        }

        using CancellationTokenSource timeout = new(program.TimeLimit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(either.Token);
        StringBuilder output = new();
        Task fed = Task.CompletedTask, said = Task.CompletedTask;
        try
        {
            said = Task.WhenAll(KeepAsync(process.StandardOutput, output, ended.Token), KeepAsync(process.StandardError, output, ended.Token));
            fed = FeedAsync(process, write, ended.Token);
            Task exited = process.WaitForExitAsync(either.Token);
            if (await Task.WhenAny(fed, exited) == fed) await fed;
            await exited;
            await Task.WhenAny(Task.WhenAll(fed, said), Task.Delay(Linger, time, either.Token));
            return new ProgramResult.Exited(process.ExitCode, Text(output));
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new ProgramResult.TimedOut(Text(output));
        }
        finally
        {
            // What it started must not live on, and a program that hangs must not keep its place.
            if (!process.HasExited) family.Kill(process);
            await ended.CancelAsync();
            await Task.WhenAll(fed, said).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private static async Task FeedAsync(Process process, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        try
        {
            await write(process.StandardInput.BaseStream, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException e) when (e is not QueueReadException)
        {
            // It has read all it wants; its exit code says whether that was enough.
        }
    }

    /// <summary>Reads to the end, so that a program that talks much is not blocked, and keeps the beginning.</summary>
    private static async Task KeepAsync(StreamReader reader, StringBuilder kept, CancellationToken cancellationToken)
    {
        char[] block = new char[KeptOutput];
        int count;
        while ((count = await reader.ReadAsync(block, cancellationToken)) > 0)
        {
            lock (kept) kept.Append(block, 0, Math.Min(count, KeptOutput - kept.Length));
        }
    }

    private static string Text(StringBuilder output)
    {
        lock (output) return output.ToString();
    }
}
