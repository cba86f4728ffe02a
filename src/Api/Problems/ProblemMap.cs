using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Problems;

/// <summary>From refusals to HTTP: the status, title and type of every <see cref="ErrorCode"/>.</summary>
internal static class ProblemMap
{
    /// <summary>
    /// The status of a problem. What a request's body names and is absent (a metric, a group) is invalid input, 422, and has field errors;
    /// what its path names and is absent is 404.
    /// </summary>
    public static int Status(Problem problem)
    {
        int status = Status(problem.Code);
        return status == 404 && !problem.Errors.IsDefaultOrEmpty ? 422 : status;
    }

#pragma warning disable CS8524 // Numbers that are no code: the compiler must still complain (CS8509) about a code that is missing here.
    /// <summary>The status of a code on its own. No default arm: a code without a status breaks the build.</summary>
    public static int Status(ErrorCode code) => code switch
    {
        ErrorCode.MalformedRequest => 400,
        ErrorCode.Unauthenticated => 401,
        ErrorCode.Forbidden => 403,
        ErrorCode.NotFound => 404,
        ErrorCode.ExperimentNotFound => 404,
        ErrorCode.MetricNotFound => 404,
        ErrorCode.MutexGroupNotFound => 404,
        ErrorCode.LayerNotFound => 404,
        ErrorCode.HoldoutNotFound => 404,
        ErrorCode.AssignmentNotFound => 404,
        ErrorCode.SnapshotNotFound => 404,
        ErrorCode.ApiKeyNotFound => 404,
        ErrorCode.MethodNotAllowed => 405,
        ErrorCode.UnsupportedMediaType => 415,
        ErrorCode.ExperimentAlreadyExists => 409,
        ErrorCode.MetricAlreadyExists => 409,
        ErrorCode.MutexGroupAlreadyExists => 409,
        ErrorCode.ExperimentAlreadyRunning => 409,
        ErrorCode.IllegalTransition => 409,
        ErrorCode.ConfirmationRequired => 409,
        ErrorCode.FieldFrozen => 409,
        ErrorCode.NoSnapshot => 409,
        ErrorCode.StaleVersion => 412,
        ErrorCode.VersionRequired => 428,
        ErrorCode.AllTooOld => 412,
        ErrorCode.RequestTooLarge => 413,
        ErrorCode.ValidationFailed => 422,
        ErrorCode.AllInvalid => 422,
        ErrorCode.TooOld => 422,
        ErrorCode.InFuture => 422,
        ErrorCode.IdReused => 422,
        ErrorCode.InvalidItem => 422,
        ErrorCode.BufferFull => 429,
        ErrorCode.TooManyRequests => 429,
        ErrorCode.Unavailable => 503,
        ErrorCode.Internal => 500,
    };
#pragma warning restore CS8524

    /// <summary>Whether the same request may be sent again after a second.</summary>
    public static bool MayRetry(ErrorCode code) => code is ErrorCode.BufferFull or ErrorCode.TooManyRequests or ErrorCode.Unavailable;

    /// <summary>The type of a problem, a URN made of its code, e.g. <c>urn:splitstream:problem:stale-version</c>.</summary>
    public static string Type(ErrorCode code) => "urn:splitstream:problem:" + code.ToCode().Replace('_', '-');

    /// <summary>The title of a problem: its code in words, the same for every occurrence, e.g. <c>Stale version</c>.</summary>
    public static string Title(ErrorCode code)
    {
        string words = code.ToCode().Replace('_', ' ');
        return char.ToUpperInvariant(words[0]) + words[1..];
    }
}
