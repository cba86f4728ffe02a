using System.Collections.Immutable;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.MutexGroups;
using Splitstream.Grains.Interfaces.Units;

namespace Splitstream.Cluster.Tests.Model;

/// <summary>A server that plays one sequence of steps after the other, each with experiments and a group of its own.</summary>
public sealed class Subject : IAsyncDisposable
{
    private const string Target = """{"attribute":"country","operator":"in","value":["COUNTRY"]}""";

    private readonly Dictionary<char, Seeds> _seeds = [];
    private Node _node;
    private int _sequence;
    private string _groupSeed = "";

    private Subject(Node node) => _node = node;

    /// <summary>How often each reason was answered.</summary>
    public Dictionary<string, int> Reasons { get; } = [];

    public static async Task<Subject> StartAsync() => new(await Node.StartAsync());

    public Seeds SeedsOf(char experiment) => _seeds[experiment];

    /// <summary>Begins a sequence. What the one before left running is over, so that "all experiments" are those of this one.</summary>
    public async Task BeginAsync()
    {
        foreach (var experiment in _seeds.Keys)
        {
            await PlayAsync(new Move(experiment, LifecycleAction.Stop, null));
            await PlayAsync(new Move(experiment, LifecycleAction.Archive, null));
        }

        _seeds.Clear();
        _sequence++;
        await _node.CreateGroupAsync(Group);
        _groupSeed = (await _node.Get<IMutexGroupStore>().FindAsync(Group, CancellationToken.None))!.Seed;
    }

    /// <summary>As <see cref="ReferenceModel.Play"/>.</summary>
    public async Task<string> PlayAsync(Step step) => step switch
    {
        Restart => await RestartAsync(),
        Join join => await JoinAsync(join.Experiment),
        Ask ask => await AskAsync(ask),
        Move move => Code(await Grain(move.Experiment).TransitionAsync(move.Action, null, move.Winner, Node.Tester)),
        EditWeights edit => await EditAsync(
            edit.Experiment,
            weights: [.. edit.Weights.Select((weight, i) => new VariantEdit(ReferenceModel.Variants[i], weight - '0', null, default))]),
        EditTraffic edit => await EditAsync(edit.Experiment, traffic: edit.Traffic),
        EditTargeting edit => await EditAsync(
            edit.Experiment,
            targeting: new(true, edit.Country is null ? null : Target.Replace("COUNTRY", edit.Country, StringComparison.Ordinal))),
        EditOverride edit => await EditAsync(
            edit.Experiment,
            overrides: edit.Unit is null ? ImmutableSortedDictionary<string, string>.Empty
                : ImmutableSortedDictionary<string, string>.Empty.Add(edit.Unit, edit.Variant)),
        Rebucket rebucket => Code(await _node.Get<IUnitDirectory>()
            .RebucketAsync(Unit(rebucket.Unit), Key(rebucket.Experiment), Node.Tester, CancellationToken.None)),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "The server cannot play this step."),
    };

    /// <summary>As <see cref="ReferenceModel.Tables"/>.</summary>
    public async Task<string> TablesAsync()
    {
        var rows = await _node.QueryAsync(
            $"SELECT e.key, a.unit_id, a.variant FROM assignments a JOIN experiments e USING (experiment_id) WHERE e.key LIKE '{Key('%')}'",
            row => (Unit: row.GetString(1), Experiment: row.GetString(0)[^1], Variant: row.GetString(2)));
        var claims = await _node.QueryAsync(
            $"SELECT e.key, c.unit_id FROM mutex_claims c JOIN experiments e USING (experiment_id) WHERE e.key LIKE '{Key('%')}'",
            row => (Unit: row.GetString(1), Experiment: row.GetString(0)[^1]));
        return string.Join('\n', [
            .. rows.OrderBy(row => (row.Unit, row.Experiment)).Select(row => $"{row.Unit} {row.Experiment} {row.Variant}"),
            .. claims.OrderBy(claim => claim.Unit, StringComparer.Ordinal).Select(claim => $"{claim.Unit} {claim.Experiment} claimed")]);
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private string Group => $"group-{_sequence}";

    private string Key(char experiment) => $"sequence-{_sequence}-{experiment}";

    private IExperimentGrain Grain(char experiment) => _node.Experiment(Key(experiment));

    private static UnitId Unit(string unit) => UnitId.TryCreate(unit, out var id, out _) ? id : throw new ArgumentException(unit, nameof(unit));

    private async Task<string> RestartAsync()
    {
        await _node.DisposeAsync();
        _node = await Node.StartAsync(_node.ConnectionString);
        return "ok";
    }

    private async Task<string> JoinAsync(char experiment)
    {
        var definition = Node.Definition(Key(experiment), ReferenceModel.IsInGroup(experiment) ? Group : null, 1, 1, 1);
        var created = await Grain(experiment).CreateAsync(definition, Node.Tester);
        if (!created.IsOk)
        {
            return Code(created);
        }

        _seeds.Add(experiment, new Seeds(definition.Key, created.Value.BucketingSeed, created.Value.TrafficSeed, _groupSeed));
        return Code(await Grain(experiment).TransitionAsync(LifecycleAction.Start, null, null, Node.Tester));
    }

    private async Task<string> AskAsync(Ask ask)
    {
        var attributes = ask.Country is { } country
            ? AttributeSet.From(new Dictionary<string, AttributeValue> { ["country"] = AttributeValue.Of(country) })
            : AttributeSet.Empty;
        string[]? asked = ask.Experiments.Length == 0 ? null : [.. ask.Experiments.Select(Key)];
        var answers = await _node.Get<IAssigner>().AssignAsync(Unit(ask.Unit), asked, attributes, ask.DryRun, CancellationToken.None);
        foreach (var reason in answers.Select(answer => answer.Reason.ToCode()))
        {
            Reasons[reason] = Reasons.GetValueOrDefault(reason) + 1;
        }

        return string.Join(' ', answers.Select(answer => $"{answer.Experiment[^1]}:{answer.Variant}:{answer.Reason.ToCode()}"));
    }

    private async Task<string> EditAsync(
        char experiment,
        ImmutableArray<VariantEdit>? weights = null,
        double? traffic = null,
        Optional<string> targeting = default,
        ImmutableSortedDictionary<string, string>? overrides = null)
    {
        var current = await Grain(experiment).GetAsync();
        return current.IsOk
            ? Code(await Grain(experiment).EditAsync(
                new ExperimentEdit(null, null, weights, traffic, targeting, default, overrides, default, null, null, null, true),
                current.Value.Version,
                Node.Tester))
            : Code(current);
    }

    private static string Code<T>(Outcome<T> outcome) => outcome.IsOk ? "ok" : outcome.Problem.Code.ToCode();
}
