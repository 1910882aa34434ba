using System.Globalization;
using Postern.Mapping.Evaluation;
using Postern.Policy.Callouts;
using Postern.Server.Callouts;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Callouts;

public sealed class CalloutLoopTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Question_without_a_callout_asks_nobody()
    {
        CalloutLoop loop = new(new Asked(_ => throw new InvalidOperationException("asked")), TimeProvider.System);
        ValueTask<string> told = loop.AskAsync(_ => "done", _ => null, Cancel);
        Assert.True(told.IsCompletedSuccessfully);
        Assert.Equal("done", await told);
    }

    [Fact]
    public async Task Callouts_are_answered_one_after_another()
    {
        Asked responder = new(c => Task.FromResult<CalloutAnswer?>(new CalloutAnswer.Success($"<{c.Argument}>")));
        Assert.Equal("<0><1><2>", await new CalloutLoop(responder, TimeProvider.System).AskAsync(answers => Ask(answers, 3), Pending, Cancel));
        Assert.Equal(3, responder.Count);
    }

    [Fact]
    public async Task Callout_that_nobody_answers_stays_open()
    {
        Asked responder = new(_ => Task.FromResult<CalloutAnswer?>(null));
        Assert.Equal("?0", await new CalloutLoop(responder, TimeProvider.System).AskAsync(answers => Ask(answers, 3), Pending, Cancel));
    }

    [Fact]
    public async Task Number_of_callouts_is_bounded()
    {
        Asked responder = new(_ => Task.FromResult<CalloutAnswer?>(new CalloutAnswer.Failure()));
        string told = await new CalloutLoop(responder, TimeProvider.System).AskAsync(answers => Ask(answers, int.MaxValue), Pending, Cancel);
        Assert.Equal($"?{CalloutLoop.MaximumCallouts}", told);
        Assert.Equal(CalloutLoop.MaximumCallouts, responder.Count);
    }

    [Fact]
    public async Task Callouts_that_outlast_the_patience_are_unavailable()
    {
        FakeTime time = new();
        TaskCompletionSource<CalloutAnswer?> never = new();
        Asked responder = new(c => c.Argument == "0" ? Task.FromResult<CalloutAnswer?>(new CalloutAnswer.Success("<0>")) : never.Task);
        Task<string> told = new CalloutLoop(responder, time).AskAsync(answers => Ask(answers, 3), Pending, Cancel).AsTask();
        Assert.False(told.IsCompleted);
        time.Advance(CalloutLoop.Patience);
        Assert.Equal("<0>--", await told);
        Assert.Equal(2, responder.Count);
    }

    [Fact]
    public async Task Caller_that_leaves_is_not_answered()
    {
        using CancellationTokenSource leaves = new();
        TaskCompletionSource<CalloutAnswer?> never = new();
        Task<string> told = new CalloutLoop(new Asked(_ => never.Task), TimeProvider.System).AskAsync(answers => Ask(answers, 1), Pending, leaves.Token).AsTask();
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => told);
    }

    [Theory]
    [InlineData("dns_verify,a|b|c => yes $N", "dns_verify", "a|b|c", "$N")]
    [InlineData("throttle => yes", "throttle", "t,10.0.0.1", "")]
    [InlineData("DNS_verify => yes x => y", "dns_verify", "any", "x => y")]
    public async Task Written_answer_fits_its_callout(string written, string name, string argument, string text)
    {
        Assert.True(GivenAnswers.TryParse(written, out KeyValuePair<string, CalloutAnswer>? answer));
        GivenAnswers given = new([answer.Value], otherwise: null);
        Assert.Equal(new CalloutAnswer.Success(text), await given.AnswerAsync(new Callout(CalloutKind.Routine, name, argument), Cancel));
        Assert.Null(await given.AnswerAsync(new Callout(CalloutKind.Routine, "other", argument), Cancel));
    }

    [Theory]
    [InlineData("throttle")]
    [InlineData("throttle => perhaps")]
    [InlineData("throttle = yes")]
    public void Answer_of_another_form_is_none(string written) => Assert.False(GivenAnswers.TryParse(written, out _));

    [Fact]
    public async Task Server_without_a_directory_cannot_answer_for_it()
    {
        ServerCallouts callouts = new(new DnsRoutines(new ScriptedDns()), new ThrottleTables(() => [], new MemoryThrottleStore(TimeProvider.System)));
        foreach (Callout callout in (Callout[])[new(CalloutKind.Url, "", "ldap:///"), new(CalloutKind.DomainAttribute, "a", "d"), new(CalloutKind.Sequence, "f", ""), new(CalloutKind.Routine, CalloutRoutines.Throttle, "gone,k")])
            Assert.IsType<CalloutAnswer.Unavailable>(await callouts.AnswerAsync(callout, Cancel));
    }

    [Fact]
    public async Task Directory_answers_for_itself()
    {
        Asked directory = new(_ => Task.FromResult<CalloutAnswer?>(new CalloutAnswer.Success("v")));
        ServerCallouts callouts = new(new DnsRoutines(new ScriptedDns()), null, directory);
        Assert.Equal(new CalloutAnswer.Success("v"), await callouts.AnswerAsync(new Callout(CalloutKind.Url, "", "ldap:///"), Cancel));
    }

    /// <summary>Needs <paramref name="callouts"/> answers, and tells them; "?n" while number n is open.</summary>
    private static string Ask(CalloutAnswers answers, int callouts)
    {
        string told = "";
        for (int i = 0; i < callouts; i++)
        {
            if (answers.Find(Numbered(i)) is not { } answer) return $"?{i}";
            told += answer is CalloutAnswer.Success success ? success.Text : "-";
        }

        return told;
    }

    private static Callout? Pending(string told) => told.StartsWith('?') ? Numbered(int.Parse(told[1..], CultureInfo.InvariantCulture)) : null;

    private static Callout Numbered(int number) => new(CalloutKind.Routine, "echo", number.ToString(CultureInfo.InvariantCulture));

    private sealed class Asked(Func<Callout, Task<CalloutAnswer?>> answer) : ICalloutResponder
    {
        public int Count { get; private set; }

        public async ValueTask<CalloutAnswer?> AnswerAsync(Callout callout, CancellationToken cancellationToken)
        {
            Count++;
            return await answer(callout).WaitAsync(cancellationToken);
        }
    }
}
