using System.Diagnostics;

namespace Postern.Cli.Tests.Harness;

/// <summary>The one place where tests wait: a condition is asked again and again until it holds. The bound only ends a hanging test; no test is about speed.</summary>
public static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <param name="what">completes "still not: ..." when the bound is reached.</param>
    public static Task HoldsAsync(string what, Func<bool> condition) => HoldsAsync(what, () => Task.FromResult(condition()));

    /// <inheritdoc cref="HoldsAsync(string, Func{bool})"/>
    public static async Task HoldsAsync(string what, Func<Task<bool>> condition)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!await condition())
        {
            if (waited.Elapsed > Bound) Assert.Fail($"after {Bound.TotalSeconds:0} s still not: {what}");
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until <paramref name="find"/> has something to return.</summary>
    public static async Task<T> FindsAsync<T>(string what, Func<T?> find)
        where T : class
    {
        T? found = null;
        await HoldsAsync(what, () => (found = find()) is not null);
        return found!;
    }
}
