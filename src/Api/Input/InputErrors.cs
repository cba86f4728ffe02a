using System.Collections.Immutable;
using System.Text;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Input;

/// <summary>Collects everything that is wrong with one request, so that a caller can mend it in one go.</summary>
internal sealed class InputErrors
{
    /// <summary>More errors than this are counted but not listed.</summary>
    private const int Listed = 50;

    private const int PointerMaxCharacters = 300;

    private readonly ImmutableArray<FieldError>.Builder _errors = ImmutableArray.CreateBuilder<FieldError>();
    private ErrorCode _code = ErrorCode.ValidationFailed;

    public bool Any => Count > 0;

    public int Count { get; private set; }

    /// <summary>Adds one error.</summary>
    /// <param name="code">Names the refusal when it is the only kind; several kinds together are <see cref="ErrorCode.ValidationFailed"/>.</param>
    public void Add(string pointer, string message, ErrorCode code = ErrorCode.ValidationFailed)
    {
        _code = Count == 0 || _code == code ? code : ErrorCode.ValidationFailed;
        if (Count++ < Listed)
        {
            _errors.Add(new FieldError(pointer.Length <= PointerMaxCharacters ? pointer : pointer[..PointerMaxCharacters], message));
        }
    }

    /// <summary>Whether something was said about this field already.</summary>
    public bool Has(string pointer) => _errors.Any(error => error.Pointer == pointer);

    /// <summary>The refusal with all errors.</summary>
    public Problem ToProblem() =>
        new(_code, Count == 1 ? _errors[0].Message : $"The request has {Count} invalid fields; errors lists them.", _errors.ToImmutable());

    /// <summary>A pointer to a field whose name came from outside.</summary>
    public static string Child(string pointer, string name) =>
        new StringBuilder(pointer).Append('/').Append(name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)).ToString();
}
