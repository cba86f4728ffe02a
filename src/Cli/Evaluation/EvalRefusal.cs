namespace Splitstream.Cli.Evaluation;

/// <summary>Why a line got no result.</summary>
/// <param name="Code">One of the constants below.</param>
/// <param name="Detail">One English sentence without the closing full stop, which names the field and its value.</param>
internal sealed record EvalRefusal(string Code, string Detail)
{
    /// <summary>The line is not a JSON object.</summary>
    public const string Malformed = "malformed";

    /// <summary>The op is missing, no text, or not known.</summary>
    public const string UnknownOp = "unknown_op";

    /// <summary>The input or one of its fields is missing, of the wrong type, or outside its range.</summary>
    public const string InvalidInput = "invalid_input";

    /// <summary>Every field is in range, yet the answer does not exist or is not finite.</summary>
    public const string UndefinedResult = "undefined_result";

    /// <summary>A defect in the runner.</summary>
    public const string Internal = "internal";
}
