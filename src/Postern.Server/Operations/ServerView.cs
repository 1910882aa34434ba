using System.Collections.Immutable;
using Postern.Policy.Configuration;
using Postern.Queue;

namespace Postern.Server.Operations;

/// <summary>What the web console may see and do.</summary>
/// <param name="Token">whoever shows it is the administrator.</param>
/// <param name="Listeners">as they are when asked.</param>
/// <param name="Operators">changes the queue.</param>
/// <param name="Reload">loads the configuration anew.</param>
public sealed record ServerView(
    string Version,
    DateTimeOffset Started,
    LiveConfiguration Configuration,
    IQueueView Queue,
    OperatorDesk Operators,
    string Token,
    Func<ImmutableArray<ListenerStatus>> Listeners,
    Func<ReloadOutcome> Reload);
