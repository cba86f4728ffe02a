using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Samples;

/// <summary>Means and deviations of raw values with hardly a rounding error: what a large common part cannot spoil.</summary>
internal static class Deviations
{
    /// <summary>The mean, right but for its last bit, and the small part that this bit lost: together they have twice the digits.</summary>
    public static (double Mean, double Lost) MeanOf(IReadOnlyList<double> values)
    {
        double sum = 0, lost = 0;
        foreach (var value in values)
        {
            (sum, var error) = Compensated.Add(sum, value);
            lost += error;
        }

        var mean = (sum + lost) / values.Count;
        var (product, rounded) = Compensated.Multiply(mean, values.Count);
        var part = ((sum - product) + (lost - rounded)) / values.Count;
        return (mean, double.IsFinite(part) ? part : 0);
    }

    /// <summary>The mean, right but for its last bit, and each value minus it; the deviations sum to zero but for rounding.</summary>
    /// <remarks>Values that overflow together give deviations that are not numbers; callers look for them in what they compute.</remarks>
    public static (double Mean, double[] Deviations) From(IReadOnlyList<double> values)
    {
        var (mean, _) = MeanOf(values);
        var deviations = new double[values.Count];
        double left = 0;
        for (var i = 0; i < deviations.Length; i++)
        {
            deviations[i] = values[i] - mean;
            left += deviations[i];
        }

        // The mean was rounded to a double; what it missed shows as a common part of all deviations.
        var missed = left / deviations.Length;
        for (var i = 0; i < deviations.Length; i++)
            deviations[i] -= missed;
        return (mean, deviations);
    }

    /// <summary>Sum of the products, with the rounding errors of the additions carried along.</summary>
    public static double SumOfProducts(double[] left, double[] right)
    {
        double sum = 0, lost = 0;
        for (var i = 0; i < left.Length; i++)
        {
            (sum, var error) = Compensated.Add(sum, left[i] * right[i]);
            lost += error;
        }

        return sum + lost;
    }
}
