namespace Postern.Queue;

/// <summary>What a <see cref="ReleaseMark"/> says.</summary>
public static class ReleaseMarks
{
    public static ReleaseMark Of(OperatorAction.Release release) => (release.Force, release.Rewrite) switch
    {
        (false, false) => ReleaseMark.Released,
        (true, false) => ReleaseMark.Forced,
        (false, true) => ReleaseMark.Rewritten,
        (true, true) => ReleaseMark.ForcedRewritten,
    };

    public static bool IsForced(this ReleaseMark mark) => mark is ReleaseMark.Forced or ReleaseMark.ForcedRewritten;

    public static bool IsRewritten(this ReleaseMark mark) => mark is ReleaseMark.Rewritten or ReleaseMark.ForcedRewritten;
}
