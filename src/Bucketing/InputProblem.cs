namespace Splitstream.Bucketing;

/// <summary>What is wrong with a value that came from outside, and where.</summary>
/// <param name="Pointer">JSON pointer (RFC 6901) from the root of the value that was read; empty for the root itself.</param>
/// <param name="Message">One English sentence without the closing full stop, naming the offending value.</param>
public sealed record InputProblem(string Pointer, string Message);
