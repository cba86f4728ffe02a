using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using Splitstream.Stats.Bandits;
using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Interleaving;
using Splitstream.Stats.Quantiles;
using Splitstream.Stats.QuasiExperiments;
using Splitstream.Stats.Regression;
using Splitstream.Stats.Samples;
using Splitstream.Stats.Sequential;
using Splitstream.Stats.VarianceReduction;

namespace Splitstream.Stats.Tests.BadInput;

/// <summary>Makes arguments for any method: good ones that it accepts, then one bad value in each place where a number stands.</summary>
internal static class Arguments
{
    private static readonly double[] Numbers = [0.5, 0.05, 2, 0.95, 10, 0.005];
    private static readonly long[] Counts = [50, 3, 2, 1, 500];

    /// <summary>Types that numbers alone do not make.</summary>
    private static readonly Dictionary<Type, Func<double, long, object>> Known = new()
    {
        [typeof(ConversionCounts)] = (_, count) => new ConversionCounts(2 * count, count),
        [typeof(BetaPosterior)] = (number, count) => new BetaPosterior(count + number, count + 1),
        [typeof(ExactNumber)] = (_, count) => ExactNumber.Parse(count.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        [typeof(ExactSums)] = (_, _) => ExactSums.Parse(50, "100", "300"),
        [typeof(ExperimentDesign)] = (_, _) => Calibration.Designs.Default,
        [typeof(RuleDesign)] = (_, _) => Calibration.Designs.Default.Rule,
        [typeof(CertificateOptions)] = (_, _) => new CertificateOptions(1, 50, 50, 1),
        [typeof(OutcomeModel)] = (_, _) => OutcomeModel.Conversion(0.1),
        [typeof(string)] = (_, count) => count.ToString(System.Globalization.CultureInfo.InvariantCulture),
        [typeof(Panel)] = (number, _) => new Panel([.. Enumerable.Range(0, 8).Select(unit =>
            (IReadOnlyList<double>)[.. Enumerable.Range(0, 7).Select(period => (unit * number) + (period * period) + (unit * period % 3))])]),
        [typeof(CupedSeveralMoments)] = (_, _) => CupedSeveralMoments.FromRows(
            [1, 2, 4, 3, 6, 5], [[1, 2, 3, 4, 5, 6], [2, 1, 5, 3, 8, 4]]).Value,
        [typeof(QuantileEstimate)] = (number, count) => new QuantileEstimate(0.5, number, 0.1, new ConfidenceInterval(number - 0.2, number + 0.2, 0.95), count + 100),
        [typeof(IReadOnlyList<AdaptiveObservation>)] = (number, _) =>
            Enumerable.Range(0, 40).Select(i => new AdaptiveObservation(i % 4, (i * number) + (i % 3), [0.25, 0.25, 0.25, 0.25])).ToArray(),
        [typeof(IReadOnlyList<DraftedItem>)] = (_, _) => new[] { new DraftedItem("a", RankingTeam.Control), new DraftedItem("b", RankingTeam.Treatment) },
        [typeof(IEnumerable<int>)] = (_, _) => new[] { 0, 1 },
        [typeof(IReadOnlyList<string>)] = (_, _) => new[] { "a", "b", "c" },
        [typeof(IReadOnlyList<(string, IReadOnlyList<double>)>)] = (_, _) =>
            new[] { ("age", (IReadOnlyList<double>)[30, 40, 50, 20, 35, 45]) },
        [typeof(RegressionFit)] = (_, _) => Fit,
        [typeof(CoefficientCovariance)] = (_, _) => Fit.Classical(),
        [typeof(CalibrationGrid)] = (_, _) => new CalibrationGrid([0.95], [1_000], [240], 0.1, 4_000, 1, 1),
        [typeof(TwoSampleEProcess)] = (number, _) => TwoSampleEProcess.Start(BetaPosterior.Uniform, number),
        [typeof(Action<int>)] = (_, _) => (Action<int>)(_ => { }),
        [typeof(Func<bool>)] = (_, _) => (Func<bool>)(() => true),
        [typeof(Random)] = (_, _) => new Random(1),
        [typeof(CancellationToken)] = (_, _) => CancellationToken.None,
    };

    private static RegressionFit Fit => LinearRegression.Fit([1, 2, 4, 3, 6, 5], [[1, 2, 3, 4, 5, 6], [2, 1, 5, 3, 8, 4]]).Value;

    /// <summary>Indices that must fit to each other.</summary>
    private static readonly Dictionary<(Type, string), object> ByName = new()
    {
        [(typeof(IReadOnlyList<int>), "variants")] = new[] { 0, 1, 0, 1, 0, 1 },
        [(typeof(IReadOnlyList<double>), "theta")] = new[] { 0.1, 0.2 },
        [(typeof(IReadOnlyList<double>), "referenceMeans")] = new[] { 3.0, 4.0 },
        [(typeof(IReadOnlyList<int>), "coefficients")] = new[] { 1, 2 },
        [(typeof(int), "variantCount")] = 2,
        [(typeof(int), "control")] = 0,
        [(typeof(int), "treatment")] = 1,
    };

    /// <summary>Arguments that the method accepts with a conclusive answer where possible; null when none were found.</summary>
    public static object?[]? Good(MethodBase method, Func<object?[], object?> call)
    {
        object?[]? accepted = null;
        foreach (var number in Numbers)
        {
            foreach (var (count, named) in Counts.SelectMany(count => Enumerable.Range(0, 4).Select(named => (count, named))))
            {
                if (Make(method, number, count, named) is not { } arguments)
                    return null;
                try
                {
                    var answer = call(arguments);
                    if (!Verdicts.IsInconclusive(answer))
                        return arguments;
                    accepted ??= arguments;
                }
                catch (TargetInvocationException e) when (e.InnerException is ArgumentException)
                {
                    // Other numbers may do.
                }
            }
        }

        return accepted;
    }

    /// <summary>Every way to put one bad value into the arguments, with a name.</summary>
    public static IEnumerable<(string Name, object?[] Arguments, bool MustRefuse)> Bad(MethodBase method, object?[] good)
    {
        var parameters = method.GetParameters();
        for (var i = 0; i < parameters.Length; i++)
        {
            // What is allowed to be null has a default.
            foreach (var (name, value, mustRefuse) in Replacements(parameters[i].ParameterType, good[i])
                .Where(replacement => replacement.Value is not null || !parameters[i].HasDefaultValue))
            {
                var arguments = (object?[])good.Clone();
                arguments[i] = value;
                yield return ($"{parameters[i].Name} = {name}", arguments, mustRefuse);
            }
        }
    }

    private static IEnumerable<(string Name, object? Value, bool MustRefuse)> Replacements(Type type, object? good)
    {
        if (type == typeof(double))
        {
            yield return ("NaN", double.NaN, true);
            yield return ("infinity", double.PositiveInfinity, true);
            yield return ("-infinity", double.NegativeInfinity, true);
            foreach (var value in new[] { 0, -1, -0.0, 1, 1e-320, 1e300, -1e300 })
                yield return ($"{value:R}", value, false);
        }
        else if (type == typeof(double?))
        {
            yield return ("NaN", double.NaN, true);
        }
        else if (type == typeof(long))
        {
            foreach (var value in new[] { 0, -1, 1, long.MaxValue, long.MinValue })
                yield return ($"{value}", value, false);
        }
        else if (type == typeof(int))
        {
            foreach (var value in new[] { 0, -1, int.MinValue })
                yield return ($"{value}", value, false);
        }
        else if (type.IsEnum)
        {
            yield return ("no value of its type", Enum.ToObject(type, 99), true);
        }
        else if (type != typeof(string) && Element(type) is { } element && good is IEnumerable items)
        {
            yield return ("nothing", Collect(type, element, []), false);
            var list = items.Cast<object?>().ToList();
            foreach (var (name, value, mustRefuse) in Replacements(element, list[0]).Where(replacement => replacement.Value is not null))
                yield return ($"[{name}, ...]", Collect(type, element, [value, .. list.Skip(1)]), mustRefuse);
            if (element == typeof(double))
                yield return ("one value again and again", Collect(type, element, [.. list.Select(_ => list[0])]), false);
        }
        else if (!type.IsValueType && type != typeof(string))
        {
            yield return ("null", null, true);
        }
    }

    private static object?[]? Make(MethodBase method, double number, long count, int named)
    {
        var arguments = method.GetParameters().Select((parameter, i) => parameter is { Name: "information" or "spendingTimes" } && parameter.ParameterType != typeof(double)
                ? new[] { 0.2, 0.4, 0.5, 0.7, 0.9, 1 }
            : parameter.HasDefaultValue && parameter.ParameterType != typeof(CancellationToken) ? parameter.DefaultValue
            : parameter.Name == "boundaries" && method.DeclaringType == typeof(StageWiseEstimate) ? new[] { 2.5, 2.5, 2.5, 2.5, 2.5 }
            : parameter.ParameterType == typeof(bool) ? named >= 2
            : ByName.TryGetValue((parameter.ParameterType, parameter.Name!), out var value) ? value
            : parameter.ParameterType.IsEnum ? Enum.GetValues(parameter.ParameterType) is { } values ? values.GetValue(named % values.Length) : null
            : Value(parameter.ParameterType, number * (1 + (0.07 * i)), count, 0)).ToArray();
        return arguments.Any(argument => argument == Nothing) ? null : arguments;
    }

    /// <summary>An object whose methods can be asked; null when none can be made.</summary>
    public static object? Instance(Type type) => Value(type, 0.5, 50, 0) is var made && made == Nothing ? null : made;

    private static readonly object Nothing = new();

    private static object? Value(Type type, double number, long count, int depth)
    {
        if (Known.TryGetValue(type, out var make))
            return make(number, count);
        if (type == typeof(double) || type == typeof(double?))
            return number;
        if (type == typeof(long) || type == typeof(long?))
            return count;
        if (type == typeof(int))
            return (int)count;
        if (type == typeof(ulong))
            return (ulong)count;
        if (type == typeof(bool))
            return false;
        if (type.IsEnum)
            return Enum.GetValues(type).GetValue(0);
        if (type == typeof(Func<double>))
            return (Func<double>)(() => number);
        if (Nullable.GetUnderlyingType(type) is not null)
            return null;
        if (Element(type) is { } element)
        {
            var items = Enumerable.Range(0, 6).Select(i => Value(element, number + (i * 0.01 * number), count + i, depth)).ToArray();
            return items.Contains(Nothing) ? Nothing : Collect(type, element, items);
        }

        if (typeof(Delegate).IsAssignableFrom(type) || depth > 3)
            return Nothing;
        if (type.IsAbstract || type.IsByRefLike)
            return Nothing;
        foreach (var constructor in type.GetConstructors().OrderBy(c => c.GetParameters().Length))
        {
            var inner = constructor.GetParameters().Select(parameter => Value(parameter.ParameterType, number, count, depth + 1)).ToArray();
            if (inner.Contains(Nothing))
                continue;
            try
            {
                return constructor.Invoke(inner);
            }
            catch (TargetInvocationException)
            {
                // Another constructor, or none.
            }
        }

        return Nothing;
    }

    private static Type? Element(Type type) => type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericArguments().Length == 1 && typeof(IEnumerable).IsAssignableFrom(type) ? type.GetGenericArguments()[0]
        : type.IsGenericType && type.GetGenericTypeDefinition() is { } open && (open == typeof(ReadOnlySpan<>)) ? null
        : null;

    private static object Collect(Type type, Type element, object?[] items)
    {
        var array = Array.CreateInstance(element, items.Length);
        for (var i = 0; i < items.Length; i++)
            array.SetValue(items[i], i);
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)
            ? typeof(ImmutableArray).GetMethods().First(m => m.Name == "Create" && m.GetParameters() is [{ ParameterType.IsArray: true }])
                .MakeGenericMethod(element).Invoke(null, [array])!
            : array;
    }
}
