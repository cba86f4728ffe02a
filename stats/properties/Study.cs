using Splitstream.Properties.Studies;

namespace Splitstream.Properties;

/// <summary>One question that simulation answers.</summary>
/// <param name="Name">What it is called on the command line and in the file.</param>
/// <param name="Title">A heading.</param>
/// <param name="Run">All figures, the same whenever the effort is.</param>
public sealed record Study(string Name, string Title, Func<Effort, IReadOnlyList<Figure>> Run)
{
    public static IReadOnlyList<Study> All { get; } =
    [
        new("anytime", "Methods that may be watched all the time", AnytimeStudy.Run),
    ];
}
