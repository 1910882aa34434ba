using Postern.Smtp.Commands;

namespace Postern.Policy.Aliases;

/// <summary>What one copy carries when a recipient was named twice: everything that anybody wanted told; NEVER only if all said so.</summary>
public static class NotifyUnion
{
    public static Notify Of(Notify first, Notify second)
    {
        if (first == second) return first;
        Notify union = Spelled(first) | Spelled(second);
        return union == Notify.None ? Notify.Never : union;
    }

    private static Notify Spelled(Notify notify) => notify switch
    {
        Notify.None => Notify.Failure | Notify.Delay,
        Notify.Never => Notify.None,
        _ => notify,
    };
}
