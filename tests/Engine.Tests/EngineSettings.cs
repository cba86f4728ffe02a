namespace Splitstream.Engine.Tests;

/// <summary>How a test wants its engine. Times as in the engine's own defaults unless set.</summary>
public sealed record EngineSettings
{
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan MinimumReminderPeriod { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether grains, their timers and reminders live in <see cref="EngineFixture.Time"/> instead of real time.</summary>
    public bool ManualTime { get; init; }

    /// <summary>
    /// Whether activations are collected when they have been idle for <see cref="EngineFixture.Age"/>, in
    /// <see cref="EngineFixture.AgingTime"/>, in which grains and their timers live too. Not together with <see cref="ManualTime"/>.
    /// </summary>
    public bool Aging { get; init; }

    /// <summary>Whether there is a database for reminders and persistent state.</summary>
    public bool Storage { get; init; }
}
