using System.Collections.Immutable;
using Orleans;

namespace Splitstream.Grains.Interfaces.Errors;

/// <summary>An expected refusal: a code for programs, a sentence for people, and for input the fields at fault.</summary>
/// <param name="Code">Which refusal.</param>
/// <param name="Detail">One English sentence. May change between versions.</param>
/// <param name="Errors">Empty unless the input is at fault.</param>
[GenerateSerializer, Alias("splitstream.problem")]
public sealed record Problem(
    [property: Id(0)] ErrorCode Code,
    [property: Id(1)] string Detail,
    [property: Id(2)] ImmutableArray<FieldError> Errors)
{
    public Problem(ErrorCode code, string detail)
        : this(code, detail, [])
    {
    }

    /// <summary>A well-formed input whose one field is invalid.</summary>
    public static Problem Invalid(string pointer, string message) =>
        new(ErrorCode.ValidationFailed, message, [new FieldError(pointer, message)]);
}

/// <summary>What is wrong with one field.</summary>
/// <param name="Pointer">JSON pointer (RFC 6901) into the request body.</param>
/// <param name="Message">One English sentence that names the field and the rule.</param>
[GenerateSerializer, Alias("splitstream.field-error")]
public sealed record FieldError([property: Id(0)] string Pointer, [property: Id(1)] string Message);
