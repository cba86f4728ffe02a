using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using Orleans;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Architecture.Tests;

/// <summary>
/// What passes between grains is a wire format on a cluster: reviewed like an API, and deeply immutable, so that no copying difference
/// between the engines can matter. <c>UPDATE_CONTRACTS=1</c> rewrites the manifest.
/// </summary>
public sealed class ContractTests
{
    private const string Manifest = "src/Grains.Interfaces/OrleansContracts.txt";

    private static readonly Type[] Immutable =
    [
        typeof(string), typeof(bool), typeof(int), typeof(long), typeof(double), typeof(DateTimeOffset), typeof(TimeSpan),
    ];

    private static IEnumerable<Type> Types => typeof(IExperimentGrain).Assembly.GetTypes();

    private static IEnumerable<Type> Grains => Types.Where(type => type.IsInterface && type.IsAssignableTo(typeof(IGrain)));

    private static IEnumerable<Type> Serialised => Types.Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null);

    [Fact]
    public void The_manifest_lists_every_contract()
    {
        var current = Describe();
        if (Environment.GetEnvironmentVariable("UPDATE_CONTRACTS") == "1")
        {
            File.WriteAllText(Path.Combine(Repository.Root, Manifest), current);
        }

        Assert.Equal(Repository.Read(Manifest), current);
    }

    [Fact]
    public void Contracts_are_deeply_immutable() =>
        Assert.All(
            Serialised.SelectMany(type => Members(type).Select(member => (type, member))),
            pair => Assert.True(
                IsImmutable(pair.member.PropertyType) && IsReadOnly(pair.member), $"{pair.type.Name}.{pair.member.Name} can change."));

    [Fact]
    public void Every_member_of_a_contract_has_a_number_that_is_its_own() =>
        Assert.All(Serialised, type =>
        {
            var numbers = Members(type).Select(member => member.GetCustomAttribute<IdAttribute>()?.Id).ToList();
            Assert.All(numbers, number => Assert.NotNull(number));
            Assert.Equal(numbers.Count, numbers.Distinct().Count());
        });

    [Fact]
    public void Every_contract_has_an_alias() =>
        Assert.All(
            Serialised.Concat<MemberInfo>(Grains).Concat(Grains.SelectMany(grain => grain.GetMethods())),
            member => Assert.NotNull(member.GetCustomAttribute<AliasAttribute>()));

    private static IEnumerable<PropertyInfo> Members(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.GetCustomAttribute<IdAttribute>() is not null
            || (property.CanWrite && property.Name != "EqualityContract"));

    private static bool IsReadOnly(PropertyInfo property) =>
        property.SetMethod is not { } setter
        || setter.ReturnParameter.GetRequiredCustomModifiers().Any(modifier => modifier.Name == "IsExternalInit");

    private static bool IsImmutable(Type type) =>
        type.IsEnum
        || type.IsGenericParameter
        || Immutable.Contains(type)
        || type.GetCustomAttribute<GenerateSerializerAttribute>() is not null
        || (Nullable.GetUnderlyingType(type) is { } value && IsImmutable(value))
        || (type.IsGenericType && type.Namespace == typeof(ImmutableArray<>).Namespace && type.GetGenericArguments().All(IsImmutable));

    private static string Describe()
    {
        var text = new StringBuilder();
        foreach (var grain in Grains.OrderBy(Alias, StringComparer.Ordinal))
        {
            text.Append(Alias(grain)).Append('\n');
            foreach (var method in grain.GetMethods().OrderBy(Alias, StringComparer.Ordinal))
            {
                var parameters = string.Join(", ", method.GetParameters().Select(parameter => Name(parameter.ParameterType)));
                text.Append("  ").Append(Alias(method)).Append('(').Append(parameters).Append(") -> ").Append(Name(method.ReturnType)).Append('\n');
            }
        }

        foreach (var type in Serialised.OrderBy(Alias, StringComparer.Ordinal))
        {
            text.Append(Alias(type)).Append('\n');
            foreach (var member in Members(type).OrderBy(member => member.GetCustomAttribute<IdAttribute>()!.Id))
            {
                text.Append("  ").Append(member.GetCustomAttribute<IdAttribute>()!.Id).Append(' ').Append(member.Name).Append(' ')
                    .Append(Name(member.PropertyType)).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Alias(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>()?.Alias ?? member.Name;

    private static string Name(Type type) => !type.IsGenericType
        ? type.Name
        : $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
}
