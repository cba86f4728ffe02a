using System.Collections.Immutable;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Experiments;

/// <summary>
/// What must hold of a definition as a whole, whether it was created so or came about by merging an edit. Pure: what the definition names
/// outside of itself, such as metrics and groups, is asked elsewhere.
/// </summary>
public static class ExperimentRules
{
    /// <summary>The first rule that is broken, with its pointer; null when all hold.</summary>
    public static Problem? FindFault(ExperimentDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var variants = definition.Variants;
        if (variants.Length > Limits.VariantsMax)
        {
            return Problem.Invalid("/variants", $"An experiment has at most {Limits.VariantsMax} variants, this would be {variants.Length}.");
        }

        if (variants.DistinctBy(variant => variant.Key).Count() != variants.Length)
        {
            return Problem.Invalid("/variants", "Two variants have the same key.");
        }

        if (!(variants.Sum(variant => variant.Weight) is > 0 and < double.PositiveInfinity))
        {
            return Problem.Invalid("/variants", "The weights must have a finite sum above zero.");
        }

        if (variants.Count(variant => variant.IsControl) != 1)
        {
            return Problem.Invalid("/variants", "Exactly one variant must be the control.");
        }

        if (definition.Overrides.Values.FirstOrDefault(key => variants.All(variant => variant.Key != key)) is { } unknown)
        {
            return Problem.Invalid("/overrides", $"The experiment has no variant '{unknown}'.");
        }

        return FindRoleFault(definition);
    }

    /// <summary>A metric has one role, and is named once in it: twice it would be two tests of one family.</summary>
    private static Problem? FindRoleFault(ExperimentDefinition definition)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        if (definition.PrimaryMetric is { } primary)
        {
            seen.Add(primary);
        }

        (string Field, ImmutableArray<string> Keys)[] lists =
            [("secondaryMetrics", definition.SecondaryMetrics), ("guardrails", definition.Guardrails)];
        foreach (var (field, keys) in lists)
        {
            for (var i = 0; i < keys.Length; i++)
            {
                if (!seen.Add(keys[i]))
                {
                    return Problem.Invalid(
                        $"/{field}/{i}",
                        keys.IndexOf(keys[i]) < i
                            ? $"{field} names the metric '{keys[i]}' twice."
                            : $"The metric '{keys[i]}' has another role already.");
                }
            }
        }

        return null;
    }
}
