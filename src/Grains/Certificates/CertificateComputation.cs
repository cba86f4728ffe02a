using System.Collections.Immutable;
using System.Text.Json;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Stats.Calibration;

namespace Splitstream.Grains.Certificates;

/// <summary>From what is to be simulated to the certificate. Pure; the same input gives the same certificate on any number of threads.</summary>
public static class CertificateComputation
{
    public const string Calibrated = "calibrated";
    public const string NotCalibrated = "not_calibrated";

    /// <param name="threads">1 or more.</param>
    public static CertificateResult Compute(CertificateInput input, int threads, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(input);
        var design = input.ToDesign();
        var options = new CertificateOptions(input.Seed, input.Runs, Threads: threads);
        return Result(input, Certifier.Certify(design, options, cancellation), Certifier.Compare(design, options, cancellation), input.Hash());
    }

    /// <param name="comparison">May be empty.</param>
    /// <param name="hash">Under which it is kept; null when it is not.</param>
    internal static CertificateResult Result(
        CertificateInput input, Certificate certificate, ImmutableArray<MethodComparison> comparison, string? hash) => new(
            certificate.Calibrated,
            certificate.Calibrated ? Calibrated : NotCalibrated,
            certificate.Reason,
            [],
            Rate(certificate.FalsePositives),
            [
                .. certificate.Nulls.Select(hypothesis => new NullHypothesisResult(
                    hypothesis.WorseVariant is { } worse ? input.Variants[worse].Key : null, Rate(hypothesis.FalsePositives)!)),
            ],
            certificate.CrossingProbability,
            Days(certificate.NullDuration),
            [
                .. certificate.Effects.Select(effect => new PowerResult(
                    effect.Effect, Rate(effect.Power)!, Rate(effect.WrongSign)!, Days(effect.Duration)!, effect.Exaggeration)),
            ],
            Rate(certificate.FalsePauses),
            certificate.Proposal is { } proposal
                ? new ProposalResult(proposal.PosteriorThreshold, proposal.MinimumSample, Rate(proposal.FalsePositives)!)
                : null,
            [
                .. comparison.Select(method => new MethodResult(
                    JsonNamingPolicy.SnakeCaseLower.ConvertName(method.Method.ToString()),
                    Rate(method.FalsePositives)!,
                    Rate(method.Power),
                    Days(method.Duration)!)),
            ],
            Plan(input),
            certificate.Looks,
            certificate.Runs,
            certificate.Seed,
            input.EngineVersion,
            hash);

    private static CertificatePlanResult Plan(CertificateInput input) => new(
        [.. input.Variants.Select(variant => new PlannedVariantResult(variant.Key, variant.Weight))],
        input.UnitsPerDay,
        input.Metric.DelayHours,
        input.Metric.IsConversion ? "conversion" : input.Metric.Values is null ? "normal" : "resampled",
        input.Metric.Mean,
        input.Metric.Variance,
        input.Mde,
        input.Source,
        input.UnknownGuardrails);

    internal static RateResult? Rate(SimulatedRate? rate)
    {
        if (rate is null)
        {
            return null;
        }

        var interval = rate.Interval;
        return new RateResult(rate.Rate, interval.Lower, interval.Upper, rate.UpperBound, rate.Runs);
    }

    private static DurationResult? Days(Duration? duration) => duration is null ? null : new DurationResult(duration.MeanDays, duration.Days90);
}
