using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Splitstream.Engine.Tests;

/// <summary>Where a test and the grain of the same key meet: the grain notes what happens, the test opens its gates.</summary>
internal sealed class Board
{
    private static readonly ConcurrentDictionary<string, Board> Boards = new();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static int _made;

    private readonly ConcurrentQueue<string> _notes = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _reached = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();

    private Board(string key) => Key = key;

    public string Key { get; }

    public string[] Notes => [.. _notes];

    /// <summary>Things that grains want to show to the test.</summary>
    public ConcurrentQueue<object> Shown { get; } = new();

    public static Board New([CallerMemberName] string test = "") => For($"{test}-{Interlocked.Increment(ref _made)}");

    public static Board For(string key) => Boards.GetOrAdd(key, static key => new Board(key));

    public void Note(string note)
    {
        _notes.Enqueue(note);
        Source(_reached, note).TrySetResult();
    }

    /// <summary>For the grain: complete when the test opens the gate.</summary>
    public Task Gate(string step) => Source(_gates, step).Task;

    /// <summary>For the grain: notes the step, waits at its gate, notes its end.</summary>
    public async Task PassAsync(string step)
    {
        Note($"{step} starts");
        await Gate(step);
        Note($"{step} ends");
    }

    /// <summary>For the test: complete when the note was made; fails after half a minute, so that a broken engine does not hang the run.</summary>
    public Task Noted(string note) => Source(_reached, note).Task.WaitAsync(Patience);

    public void Open(params string[] steps)
    {
        foreach (var step in steps) Source(_gates, step).TrySetResult();
    }

    private static TaskCompletionSource Source(ConcurrentDictionary<string, TaskCompletionSource> sources, string name) =>
        sources.GetOrAdd(name, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
