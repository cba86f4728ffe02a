using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Cluster.Tests.Model;

/// <summary>
/// What has to be answered, from three dictionaries and the decision order as the design states it. It knows no cache, no epoch, no
/// database and nothing of the code that it judges but the published hash, the split and the order of a group.
/// </summary>
public sealed class ReferenceModel(Func<char, Seeds> seeds)
{
    public static readonly string[] Variants = ["control", "treatment-1", "treatment-2"];

    private readonly SortedDictionary<char, Experiment> _experiments = [];
    private readonly SortedDictionary<(string Unit, char Experiment), string> _rows = [];
    private readonly SortedDictionary<string, char> _claims = new(StringComparer.Ordinal);

    /// <summary>Experiments but these are members of the one mutex group, at equal shares.</summary>
    public static bool IsInGroup(char experiment) => experiment is not ('c' or 'f');

    /// <summary>What this step is answered: reasons and variants, <c>ok</c>, or the code of the refusal.</summary>
    public string Play(Step step) => step switch
    {
        Restart => "ok",
        Join join => _experiments.TryAdd(join.Experiment, new Experiment()) ? "ok" : ErrorCode.ExperimentAlreadyExists.ToCode(),
        Ask ask => Answer(ask),
        Move move => Change(move.Experiment, experiment => Moved(experiment, move)),
        EditWeights edit => Edit(edit.Experiment, experiment => experiment.Weights = edit.Weights),
        EditTraffic edit => Edit(edit.Experiment, experiment => experiment.Traffic = edit.Traffic),
        EditTargeting edit => Edit(edit.Experiment, experiment => experiment.Country = edit.Country),
        EditOverride edit => Edit(edit.Experiment, experiment => experiment.Override = (edit.Unit, edit.Variant)),
        Rebucket rebucket => Change(rebucket.Experiment, experiment =>
            experiment.Status == ExperimentStatus.Archived ? ErrorCode.IllegalTransition.ToCode()
            : _rows.Remove((rebucket.Unit, rebucket.Experiment)) ? "ok" : ErrorCode.AssignmentNotFound.ToCode()),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "The model does not know this step."),
    };

    /// <summary>Rows and live claims, as the tables must hold them.</summary>
    public string Tables() => string.Join('\n', [
        .. _rows.Select(row => $"{row.Key.Unit} {row.Key.Experiment} {row.Value}"),
        .. _claims.Select(claim => $"{claim.Key} {claim.Value} claimed")]);

    private string Answer(Ask ask)
    {
        var asked = ask.Experiments.Length > 0 ? ask.Experiments
            : string.Concat(_experiments.Where(pair => pair.Value.Status == ExperimentStatus.Running).Select(pair => pair.Key));
        var candidates = asked.Where(experiment => Decide(experiment, ask).Reason == DecisionReason.Assigned && IsInGroup(experiment)).ToList();
        var holder = _claims.TryGetValue(ask.Unit, out var held) ? held : candidates.Count > 0 ? FirstInOrder(candidates, ask.Unit) : default;
        var answers = new List<string>();
        foreach (var experiment in asked)
        {
            var (variant, reason) = Decide(experiment, ask);
            if (reason == DecisionReason.Assigned && IsInGroup(experiment) && experiment != holder)
            {
                (variant, reason) = (null, DecisionReason.MutexHoldout);
            }

            if (reason == DecisionReason.Assigned && !ask.DryRun)
            {
                _rows.Add((ask.Unit, experiment), variant!);
                if (IsInGroup(experiment))
                {
                    _claims[ask.Unit] = experiment;
                }
            }

            answers.Add($"{experiment}:{variant}:{reason.ToCode()}");
        }

        return string.Join(' ', answers);
    }

    private (string? Variant, DecisionReason Reason) Decide(char name, Ask ask)
    {
        if (!_experiments.TryGetValue(name, out var experiment)) return (null, DecisionReason.ExperimentNotFound);
        if (experiment.Status is ExperimentStatus.Paused or ExperimentStatus.Archived) return (null, DecisionReason.NotRunning);
        if (experiment.Status == ExperimentStatus.Stopped && experiment.Winner is null) return (null, DecisionReason.NotRunning);
        if (experiment.Override.Unit == ask.Unit) return (experiment.Override.Variant, DecisionReason.Override);
        if (_rows.TryGetValue((ask.Unit, name), out var row)) return (row, DecisionReason.Sticky);
        if (experiment.Status == ExperimentStatus.Closed) return (null, DecisionReason.NotRunning);
        if (experiment.Status == ExperimentStatus.Stopped) return (experiment.Winner, DecisionReason.Concluded);
        if (experiment.Country is { } country && country != ask.Country) return (null, DecisionReason.NotTargeted);
        var (key, bucketing, traffic, _) = seeds(name);
        if (experiment.Traffic < 1 && Bucket.Of(key, ask.Unit, traffic) >= experiment.Traffic) return (null, DecisionReason.NotInTraffic);
        var split = VariantSplit.Create([.. Variants.Zip(experiment.Weights, (variant, weight) => new WeightedVariant(variant, weight - '0'))]);
        return (Variants[split.Choose(Bucket.Of(key, ask.Unit, bucketing))], DecisionReason.Assigned);
    }

    private char FirstInOrder(List<char> candidates, string unit)
    {
        Assert.True(UnitId.TryCreate(unit, out var id, out _));
        var order = new int[candidates.Count];
        new MutexOrder(
            new BucketingSeed(seeds(candidates[0]).Group), [.. candidates.Select(candidate => new MutexMember(seeds(candidate).Key, 1))])
            .Order(id, order);
        return candidates[order[0]];
    }

    private string Moved(Experiment experiment, Move move)
    {
        var from = experiment.Status;
        ExperimentStatus? to = (move.Action, from) switch
        {
            (LifecycleAction.Close, ExperimentStatus.Running) => ExperimentStatus.Closed,
            (LifecycleAction.Pause, ExperimentStatus.Running or ExperimentStatus.Closed) => ExperimentStatus.Paused,
            (LifecycleAction.Resume, ExperimentStatus.Paused) => experiment.Before,
            (LifecycleAction.Stop, ExperimentStatus.Running or ExperimentStatus.Closed or ExperimentStatus.Paused) => ExperimentStatus.Stopped,
            (LifecycleAction.Archive, ExperimentStatus.Stopped) => ExperimentStatus.Archived,
            _ => null,
        };
        if (to is not { } status) return ErrorCode.IllegalTransition.ToCode();
        (experiment.Before, experiment.Status) = (from, status);
        if (move.Action == LifecycleAction.Stop) experiment.Winner = move.Winner;
        if (move.Action == LifecycleAction.Archive)
        {
            foreach (var claim in _claims.Where(claim => claim.Value == move.Experiment).ToList()) _claims.Remove(claim.Key);
        }

        return "ok";
    }

    private string Edit(char name, Action<Experiment> edit) => Change(name, experiment =>
    {
        if (experiment.Status is ExperimentStatus.Stopped or ExperimentStatus.Archived) return ErrorCode.IllegalTransition.ToCode();
        edit(experiment);
        return "ok";
    });

    private string Change(char name, Func<Experiment, string> change) =>
        _experiments.TryGetValue(name, out var experiment) ? change(experiment) : ErrorCode.ExperimentNotFound.ToCode();

    private sealed class Experiment
    {
        public ExperimentStatus Status { get; set; } = ExperimentStatus.Running;

        public ExperimentStatus Before { get; set; }

        public string Weights { get; set; } = "111";

        public double Traffic { get; set; } = 1;

        public string? Country { get; set; }

        public (string? Unit, string Variant) Override { get; set; }

        public string? Winner { get; set; }
    }
}
