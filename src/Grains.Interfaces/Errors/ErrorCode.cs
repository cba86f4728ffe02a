namespace Splitstream.Grains.Interfaces.Errors;

/// <summary>
/// Every refusal that a caller can meet. The wire form is snake_case (<see cref="ErrorCodes.ToCode"/>) and never changes meaning;
/// <c>docs/errors.md</c> has a paragraph for each.
/// </summary>
public enum ErrorCode
{
    // 400
    MalformedRequest,
    // 401, 403
    Unauthenticated,
    Forbidden,
    // 404, 405, 415
    NotFound,
    ExperimentNotFound,
    MetricNotFound,
    MutexGroupNotFound,
    LayerNotFound,
    HoldoutNotFound,
    AssignmentNotFound,
    SnapshotNotFound,
    ApiKeyNotFound,
    MethodNotAllowed,
    UnsupportedMediaType,
    // 409
    ExperimentAlreadyExists,
    MetricAlreadyExists,
    MutexGroupAlreadyExists,
    ExperimentAlreadyRunning,
    IllegalTransition,
    ConfirmationRequired,
    FieldFrozen,
    NoSnapshot,
    // 412, 428
    StaleVersion,
    VersionRequired,
    AllTooOld,
    // 413
    RequestTooLarge,
    // 422
    ValidationFailed,
    AllInvalid,
    // Refused items inside an accepted batch
    TooOld,
    InFuture,
    IdReused,
    InvalidItem,
    // 429, 503, 500
    BufferFull,
    TooManyRequests,
    Unavailable,
    Internal,
}
