namespace Splitstream.Bucketing;

/// <summary>Where an experiment stands in its life, as far as assignment is concerned.</summary>
public enum ExperimentStatus
{
    /// <summary>Not started: nobody is assigned.</summary>
    Draft,

    /// <summary>Takes new units and answers known ones.</summary>
    Running,

    /// <summary>Switched off: nobody gets a variant, assigned or not.</summary>
    Paused,

    /// <summary>Takes no new units; known ones keep their variant.</summary>
    Closed,

    /// <summary>Ended; with a winner, everybody without a row of their own gets it.</summary>
    Stopped,

    /// <summary>Put away.</summary>
    Archived,
}
