namespace Splitstream.Testing;

/// <summary>Where the engine that the tests were built with keeps its rows, for SQL.</summary>
public static class EngineTables
{
#if ORLEANS
    public const string Schema = "orleans";
    public const string Reminders = "orleans.reminders";
    public const string States = "orleans.grain_states";

    /// <summary>The states of all grains, with <c>payload</c> as JSON.</summary>
    public const string ReadableStates = "(SELECT convert_from(payload, 'UTF8')::json AS payload FROM orleans.grain_states) AS states";
#else
    public const string Schema = "engine";
    public const string Reminders = "engine.reminders";
    public const string States = "engine.grain_states";

    /// <summary>The states of all grains, with <c>payload</c> as JSON.</summary>
    public const string ReadableStates = "(SELECT payload FROM engine.grain_states) AS states";
#endif
}
