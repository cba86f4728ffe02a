using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Splitstream.Bucketing;
using Splitstream.Grains.Catalog;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Grains.Interfaces.Catalog;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Nodes;
using Splitstream.Storage.Database;
using Splitstream.Storage.Units;

namespace Splitstream.Grains.Assignments;

/// <summary>
/// The hot path. A unit that this process knows costs a catalog snapshot, a hash and a look-up; one that it does not know costs a read of
/// its row or a claim through the grain. Memory is trusted while the lease holds; without it rows are read, and when the database is away
/// too, what is remembered is answered as stale.
/// </summary>
public sealed class Assigner(
    CatalogCache catalog,
    StickyCache sticky,
    CacheLease lease,
    IFreshness freshness,
    UnitRows rows,
    MutexClaims claims,
    ClaimRoute route) : IAssigner
{
    /// <summary>How often a decision is repeated because configuration changed under it.</summary>
    private const int Attempts = 5;

    /// <summary>How often it is repeated because a connection was lost; all steps are harmless when repeated.</summary>
    private const int Faults = 1;

    /// <summary>A database that does not answer by then is away.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public ValueTask<ImmutableArray<UnitAssignment>> AssignAsync(
        UnitId unit, IReadOnlyList<string>? experiments, AttributeSet attributes, bool dryRun, CancellationToken cancellation)
    {
        var until = lease.Until;
        var current = catalog.Current;
        var keys = experiments ?? current.RunningKeys;
        var hash = UnitHash.Of(unit);
        var answers = new UnitAssignment[keys.Count];
        var pending = 0;
        for (var i = 0; i < answers.Length; i++)
        {
            pending += TryAnswer(current, keys[i], unit, hash, attributes, Trust.Memory, out answers[i], out _) ? 0 : 1;
        }

        return pending == 0 && lease.Holds(until)
            ? new(Frozen(answers))
            : new(AnswerRestAsync(new Question(unit, hash, attributes, experiments, dryRun), cancellation));
    }

    public async Task<Explanation?> ExplainAsync(
        UnitId unit, string experiment, AttributeSet attributes, CancellationToken cancellation)
    {
        var current = catalog.Current;
        if (!current.ByKey.TryGetValue(experiment, out var compiled))
        {
            return current.ArchivedKeys.Contains(experiment)
                ? new Explanation(Unknown(current, experiment), [new DecisionStep(DecisionReason.NotRunning, true, "the experiment is archived")])
                : null;
        }

        var row = await rows.FindAsync(compiled.Id, unit, cancellation);
        var (decision, steps) = AssignmentRule.Explain(compiled.Rule, unit, attributes, IndexOf(compiled, row?.Variant));
        if (decision.NeedsClaim && compiled.Group is { } group
            && await claims.FindHolderAsync(group.Group.Id, unit, cancellation) is { } holder && holder != compiled.Id)
        {
            var held = new DecisionStep(DecisionReason.MutexHoldout, true, $"another experiment of {group.Group.Key} has claimed the unit");
            return new Explanation(
                Answer(compiled, Decision.None(DecisionReason.MutexHoldout), null),
                [.. steps.TakeWhile(step => step.Reason != DecisionReason.MutexHoldout), held]);
        }

        return new Explanation(Answer(compiled, decision, row?.AssignedAt), steps);
    }

    /// <summary>Answers from memory; false when the row is not known or a claim is needed, and then the answer is only half made.</summary>
    private bool TryAnswer(
        CompiledCatalog current,
        string key,
        UnitId unit,
        UInt128 hash,
        in AttributeSet attributes,
        Trust trust,
        out UnitAssignment answer,
        out Decision decision)
    {
        if (!current.ByKey.TryGetValue(key, out var experiment))
        {
            answer = Unknown(current, key);
            decision = Decision.None(answer.Reason);
            return true;
        }

        var remembers = trust != Trust.Database;
        var (variant, at) = (0, default(DateTimeOffset));
        var known = remembers && sticky.TryGet(experiment.Id, hash, out variant, out at);
        decision = AssignmentRule.Decide(experiment.Rule, unit, attributes, known ? variant : null);
        if (remembers && decision.NeedsClaim && experiment.Group is { } group && sticky.TryGetHolder(group.Group.Id, hash, out var holder)
            && holder != experiment.Id && current.Find(holder) is not null)
        {
            decision = Decision.None(DecisionReason.MutexHoldout);
            known = true;
        }

        answer = Answer(experiment, decision, known ? at : null);
        return !decision.NeedsClaim && (known || !RowMayMatter(experiment, unit, decision));
    }

    /// <summary>Whether a row that is not known could have answered before the step that did.</summary>
    private static bool RowMayMatter(CompiledExperiment experiment, UnitId unit, Decision decision) =>
        !(experiment.Rule.Status is ExperimentStatus.Draft or ExperimentStatus.Paused or ExperimentStatus.Archived)
        && !(decision.Reason == DecisionReason.NotRunning && experiment.Rule.Status == ExperimentStatus.Stopped)
        && decision.Reason != DecisionReason.Override
        && experiment.State.StartedAt is not null
        && (experiment.State.Definition.Assignment == AssignmentMode.External || experiment.WidestTraffic.Admits(unit));

    private async Task<ImmutableArray<UnitAssignment>> AnswerRestAsync(Question question, CancellationToken cancellation)
    {
        for (var (attempt, faults) = (1, 0); attempt <= Attempts; attempt++)
        {
            var until = lease.Until;
            var trust = await freshness.EnsureAsync(cancellation);
            var current = catalog.Current;
            if (trust == Trust.Stale)
            {
                return AnswerStale(current, question, null);
            }

            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(Patience);
            try
            {
                if (await AnswerOnceAsync(current, question, trust, until, patience.Token) is { } answers)
                {
                    return Frozen(answers);
                }

                await catalog.RefreshAsync(patience.Token);
            }
            catch (Exception exception) when (SplitstreamDatabase.IsUnavailable(exception)
                || (exception is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                if (++faults > Faults)
                {
                    return AnswerStale(current, question, exception);
                }
            }
        }

        throw new StorageUnavailableException("Configuration changed again and again while the unit was being assigned.");
    }

    /// <summary>What memory says, when it may be asked and knows everything; a unit that it does not know needs the database.</summary>
    private ImmutableArray<UnitAssignment> AnswerStale(CompiledCatalog current, Question question, Exception? cause)
    {
        var answers = question.Answers(current);
        var isKnown = !lease.IsHeld && lease.MayBeStale;
        for (var i = 0; i < answers.Length && isKnown; i++)
        {
            isKnown = TryAnswer(current, answers[i].Experiment, question.Unit, question.Hash, question.Attributes, Trust.Stale, out answers[i], out _);
            answers[i] = answers[i] with { Stale = true };
        }

        return isKnown ? Frozen(answers) : throw new StorageUnavailableException("The unit is not known here, and the database is away.", cause);
    }

    /// <summary>One round of reading rows and claiming; null when configuration or trust has changed and all is to be decided anew.</summary>
    private async Task<UnitAssignment[]?> AnswerOnceAsync(
        CompiledCatalog current, Question question, Trust trust, long until, CancellationToken cancellation)
    {
        var answers = question.Answers(current);
        var open = await ReadRowsAsync(current, answers, question, trust, cancellation);
        if (trust == Trust.Memory && !lease.Holds(until))
        {
            return null;
        }

        if (question.DryRun)
        {
            await PreviewAsync(open, answers, question, cancellation);
            return answers;
        }

        // Experiments of one group are one claim; all claims of the request are under way together.
        var settled = await Task.WhenAll(open.GroupBy(candidate => (object?)candidate.Experiment.Group ?? candidate.Experiment)
            .Select(together => ClaimAsync([.. together], answers, question, cancellation)));
        return settled.All(done => done) ? answers : null;
    }

    /// <summary>Decides anew with the rows from the database; what needs a claim is returned.</summary>
    private async Task<List<Candidate>> ReadRowsAsync(
        CompiledCatalog current, UnitAssignment[] answers, Question question, Trust trust, CancellationToken cancellation)
    {
        var open = new List<Candidate>();
        for (var i = 0; i < answers.Length; i++)
        {
            if (TryAnswer(
                current, answers[i].Experiment, question.Unit, question.Hash, question.Attributes, trust, out var answer, out var decision))
            {
                answers[i] = answer;
                continue;
            }

            var experiment = current.ByKey[answers[i].Experiment];
            if (!decision.NeedsClaim || question.DryRun)
            {
                var generation = sticky.Generation(experiment.Id);
                var row = await rows.FindAsync(experiment.Id, question.Unit, cancellation);
                if (IndexOf(experiment, row?.Variant) is { } variant)
                {
                    Remember(experiment, question, variant, row!.Value.AssignedAt, row.Value.IsEnding, generation);
                    decision = AssignmentRule.Decide(experiment.Rule, question.Unit, question.Attributes, variant);
                }

                answers[i] = Answer(experiment, decision, row?.AssignedAt);
            }

            if (decision.NeedsClaim)
            {
                open.Add(new Candidate(i, experiment, decision.Variant!.Value));
            }
        }

        return open;
    }

    /// <summary>
    /// Claims for the candidates of one group, or for one experiment without a group. In a group the first in the unit's own order
    /// proposes; when somebody else of the candidates holds the unit, that one does.
    /// </summary>
    /// <returns>False when configuration has changed and the decision must be made again.</returns>
    private async Task<bool> ClaimAsync(
        Candidate[] candidates, UnitAssignment[] answers, Question question, CancellationToken cancellation)
    {
        // Without a group several candidates are one experiment that was asked for several times.
        var proposer = candidates.Length == 1 || candidates[0].Experiment.Group is null ? candidates[0] : FirstInOrder(candidates, question.Unit);
        var answer = await ProposeAsync(proposer, question, cancellation);
        if (answer.Status == ClaimStatus.HeldByAnother
            && candidates.FirstOrDefault(candidate => candidate.Experiment.Id == answer.HolderId) is { } holder)
        {
            proposer = holder;
            answer = await ProposeAsync(holder, question, cancellation);
        }

        if (answer.Status == ClaimStatus.Stale)
        {
            return false;
        }

        foreach (var candidate in candidates)
        {
            answers[candidate.Position] = candidate.Experiment == proposer.Experiment && answer.Status == ClaimStatus.Assigned
                ? Committed(candidate.Experiment, answer)
                : Answer(candidate.Experiment, Decision.None(DecisionReason.MutexHoldout), null);
        }

        return true;
    }

    private async Task<ClaimAnswer> ProposeAsync(Candidate candidate, Question question, CancellationToken cancellation)
    {
        var experiment = candidate.Experiment;
        var proposal = new ClaimProposal(
            experiment.Id,
            question.Unit.Value,
            experiment.Variants[candidate.Variant].Key,
            experiment.State.CurrentEpoch()!.Number,
            experiment.State.Version,
            experiment.Group?.Group.Id);
        var partition = UnitHash.Partition(question.Unit);
        var generation = sticky.Generation(experiment.Id);
        var answer = await route.ClaimAsync(proposal, partition, cancellation);
        if (answer.Status == ClaimStatus.Assigned && IndexOf(experiment, answer.Variant) is { } variant)
        {
            Remember(experiment, question, variant, answer.AssignedAt!.Value, answer.IsEnding, generation);
        }

        if (answer.HolderId is { } holder)
        {
            sticky.FillHolder(experiment.Group!.Group.Id, question.Hash, holder);
        }

        return answer;
    }

    /// <summary>A row that is ending is not remembered: it goes without a further word.</summary>
    private void Remember(
        CompiledExperiment experiment, Question question, int variant, DateTimeOffset assignedAt, bool isEnding, long generation)
    {
        if (!isEnding)
        {
            sticky.Fill(experiment.Id, question.Hash, variant, assignedAt, generation);
        }
    }

    /// <summary>What a claim would answer now, without making it.</summary>
    private async Task PreviewAsync(List<Candidate> open, UnitAssignment[] answers, Question question, CancellationToken cancellation)
    {
        foreach (var together in open.Where(candidate => candidate.Experiment.Group is not null).GroupBy(candidate => candidate.Experiment.Group!))
        {
            var holder = await claims.FindHolderAsync(together.Key.Group.Id, question.Unit, cancellation)
                ?? FirstInOrder([.. together], question.Unit).Experiment.Id;
            foreach (var candidate in together.Where(candidate => candidate.Experiment.Id != holder))
            {
                answers[candidate.Position] = Answer(candidate.Experiment, Decision.None(DecisionReason.MutexHoldout), null);
            }
        }
    }

    private static Candidate FirstInOrder(Candidate[] candidates, UnitId unit)
    {
        var group = candidates[0].Experiment.Group!;
        Span<int> order = stackalloc int[group.Order.Members.Length];
        group.Order.Order(unit, order);
        foreach (var member in order)
        {
            foreach (var candidate in candidates)
            {
                if (group.Members[candidate.Experiment.State.Key] == member)
                {
                    return candidate;
                }
            }
        }

        return candidates[0];
    }

    private static UnitAssignment Committed(CompiledExperiment experiment, ClaimAnswer answer) => new(
        experiment.State.Key,
        answer.Variant,
        answer.IsNew ? DecisionReason.Assigned : DecisionReason.Sticky,
        IndexOf(experiment, answer.Variant) is { } variant ? experiment.Variants[variant].PayloadJson : null,
        answer.AssignedAt);

    private static UnitAssignment Answer(CompiledExperiment experiment, Decision decision, DateTimeOffset? assignedAt)
    {
        var variant = decision.Variant is { } index ? experiment.Variants[index] : null;
        return new UnitAssignment(
            experiment.State.Key,
            variant?.Key,
            decision.Reason,
            variant?.PayloadJson,
            decision.Reason == DecisionReason.Sticky ? assignedAt : null);
    }

    /// <summary>The answer for a key that has no experiment to assign to: an archived one is over, any other does not exist.</summary>
    private static UnitAssignment Unknown(CompiledCatalog current, string key) => new(
        key, null, current.ArchivedKeys.Contains(key) ? DecisionReason.NotRunning : DecisionReason.ExperimentNotFound, null, null);

    private static int? IndexOf(CompiledExperiment experiment, string? variant) => variant is null ? null : experiment.IndexOf(variant);

    private static ImmutableArray<UnitAssignment> Frozen(UnitAssignment[] answers) =>
        ImmutableCollectionsMarshal.AsImmutableArray(answers);

    /// <param name="Experiments">Keys as the caller wrote them; null for all that run.</param>
    private sealed record Question(UnitId Unit, UInt128 Hash, AttributeSet Attributes, IReadOnlyList<string>? Experiments, bool DryRun)
    {
        /// <summary>Room for the answers, with the experiments filled in.</summary>
        public UnitAssignment[] Answers(CompiledCatalog current) =>
            [.. (Experiments ?? current.RunningKeys).Select(key => new UnitAssignment(key, null, default, null, null))];
    }

    private sealed record Candidate(int Position, CompiledExperiment Experiment, int Variant);
}
