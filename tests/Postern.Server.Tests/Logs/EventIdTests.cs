using System.Reflection;
using Microsoft.Extensions.Logging;
using Postern.Server.Sessions;

namespace Postern.Server.Tests.Logs;

/// <summary>Who watches a log goes by the number of an event.</summary>
public sealed class EventIdTests
{
    [Fact]
    public void Each_event_has_a_number_of_its_own()
    {
        (int Id, string Event)[] events =
        [
            .. from type in typeof(SessionRunner).Assembly.GetTypes()
               from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
               let message = method.GetCustomAttribute<LoggerMessageAttribute>()
               where message is not null
               select (message.EventId, $"{type.Name}.{method.Name}"),
        ];
        Assert.NotEmpty(events);
        Assert.Empty(events.GroupBy(e => e.Id).Where(g => g.Count() > 1).Select(g => $"{g.Key}: {string.Join(", ", g.Select(e => e.Event))}"));
    }
}
