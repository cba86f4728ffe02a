namespace Orleans.Runtime;

/// <summary>A handle on one registration of a reminder; registering the name again makes it stale.</summary>
public interface IGrainReminder
{
    string ReminderName { get; }
}

/// <summary>A reminder could not be changed, because it was registered anew meanwhile.</summary>
public sealed class ReminderException(string message) : OrleansException(message);
