namespace Splitstream.Stats.QuasiExperiments;

/// <summary>A difference of means whose units come in clusters.</summary>
/// <param name="Effect">Mean of the treated minus mean of the others.</param>
/// <param name="StandardError">Cluster-robust (CR1), at least 0.</param>
/// <param name="Clusters">Number of clusters; below about 20 the error is known to be too small.</param>
public sealed record ClusterRobustResult(double Effect, double StandardError, int Clusters);
