using System.Reflection;

namespace Splitstream.Stats.Tests.BadInput;

/// <summary>
/// Every public method of the library with values that it cannot judge. It refuses them by an argument exception, says that the answer is
/// inconclusive, or answers NaN where it is a plain function of numbers; never with a number that one could believe.
/// </summary>
public sealed class EveryMethodTests
{
    public static TheoryData<string> Names => [.. Methods.Keys];

    /// <summary>What the language gives to records.</summary>
    private static readonly HashSet<string> Generated = ["Equals", "GetHashCode", "ToString", "Deconstruct", "<Clone>$"];

    private static Dictionary<string, MethodInfo> Methods { get; } = typeof(Computed<>).Assembly.GetExportedTypes()
        .Where(type => !type.ContainsGenericParameters)
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        .Where(method => !method.IsSpecialName && !method.ContainsGenericParameters && method.GetParameters().Length > 0
            && !Generated.Contains(method.Name) && !method.GetParameters().Any(parameter => parameter.ParameterType.IsByRefLike || parameter.IsOut))
        .ToDictionary(method => $"{method.DeclaringType!.FullName!["Splitstream.Stats.".Length..]}.{method.Name}({Signature(method)})");

    [Theory]
    [MemberData(nameof(Names))]
    public void No_method_answers_with_a_number_what_it_cannot_judge(string name)
    {
        var method = Methods[name];
        var target = method.IsStatic ? null : Arguments.Instance(method.DeclaringType!);
        Assert.True(method.IsStatic || target is not null, $"No instance of {method.DeclaringType} is known.");
        var good = Arguments.Good(method, arguments => method.Invoke(target, arguments));
        Assert.True(good is not null, $"No arguments are known that {name} accepts.");
        var faults = new List<string>();
        foreach (var (what, arguments, mustRefuse) in Arguments.Bad(method, good))
        {
            try
            {
                var answer = method.Invoke(target, arguments);
                if (Verdicts.IsInconclusive(answer))
                    continue;
                var numbers = Verdicts.Numbers(answer).ToArray();
                var isPlain = answer is double;
                // No evidence at all is an e-value of zero, and one beyond every bound is evidence all the same.
                if (what.Contains("logEValue", StringComparison.Ordinal) && what.Contains("infinity", StringComparison.Ordinal))
                    continue;

                // A function of one number has a limit at infinity, and its answer there is that limit.
                if (mustRefuse && !(isPlain && (!double.IsFinite(numbers[0]) || what.Contains("infinity", StringComparison.Ordinal))))
                    faults.Add($"{what}: answered {answer}");
                else if (!isPlain && numbers.Any(double.IsNaN))
                    faults.Add($"{what}: NaN in {answer}");
            }
            catch (TargetInvocationException e) when (e.InnerException is ArgumentException or OverflowException or FormatException)
            {
                // Refused.
            }
            catch (TargetInvocationException e)
            {
                faults.Add($"{what}: {e.InnerException!.GetType().Name}: {e.InnerException.Message}");
            }
        }

        Assert.True(faults.Count == 0, $"{name}\n{string.Join('\n', faults)}");
    }

    private static string Signature(MethodInfo method) =>
        string.Join(", ", method.GetParameters().Select(parameter => $"{NameOf(parameter.ParameterType)} {parameter.Name}"));

    private static string NameOf(Type type) => type.IsGenericType
        ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
        : type.Name;
}
