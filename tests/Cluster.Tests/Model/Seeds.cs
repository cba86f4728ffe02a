namespace Splitstream.Cluster.Tests.Model;

/// <summary>What the server drew when it created an experiment, and the key it has there.</summary>
public sealed record Seeds(string Key, string Bucketing, string Traffic, string Group);
