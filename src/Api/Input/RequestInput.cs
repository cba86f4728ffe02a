using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Splitstream.Api.Http;
using Splitstream.Api.Problems;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Input;

/// <summary>Reads what a request asks for, or answers why it cannot be read.</summary>
internal static class RequestInput
{
    /// <param name="parse">Reads the root of the body and adds every error it finds; must keep nothing of the document.</param>
    /// <returns>What was read; null when the request was refused, and then it is answered.</returns>
    public static async Task<T?> ReadAsync<T>(HttpContext context, TimeProvider time, Func<JsonElement, InputErrors, T?> parse)
        where T : class
    {
        Outcome<JsonDocument> read = await RequestBody.ReadJsonAsync(context, time);
        if (!read.IsOk)
        {
            await ProblemWriter.WriteAsync(context, read.Problem);
            return null;
        }

        using JsonDocument document = read.Value;
        var errors = new InputErrors();
        T? value = parse(document.RootElement, errors);
        if (value is not null && !errors.Any)
        {
            return value;
        }

        await ProblemWriter.WriteAsync(context, errors.ToProblem());
        return null;
    }
}
