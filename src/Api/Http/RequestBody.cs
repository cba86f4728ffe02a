using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Splitstream.Api.Json;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Http;

/// <summary>Reads request bodies within their limits of size, time, depth and form.</summary>
internal static class RequestBody
{
    /// <summary>How long a body may take to arrive once its headers are here.</summary>
    public static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(30);

    /// <summary>A body that is refused for its size is still taken in, and thrown away, up to so many bytes.</summary>
    private const long DiscardedBytes = 4 * Limits.RequestBytes;

    public static readonly Problem TooLarge =
        new(ErrorCode.RequestTooLarge, $"The body has more than {Limits.RequestBytes} bytes, which is the limit.");

    public static readonly Problem Malformed = new(
        ErrorCode.MalformedRequest,
        $"The body is not valid JSON: it must be UTF-8, complete, without repeated field names, and at most {Limits.JsonDepth} levels deep.");

    private static readonly Problem TooSlow =
        new(ErrorCode.MalformedRequest, $"The body did not arrive within {ReadTimeout.TotalSeconds:0} seconds.");

    private static readonly Problem BadFraming = new(ErrorCode.MalformedRequest, "The chunks of the body are not valid HTTP.");

    /// <summary>
    /// Waits for the whole body and leaves it in the pipe, for callers that parse it in place. They must call
    /// <see cref="PipeReader.AdvanceTo(SequencePosition)"/> with its end.
    /// </summary>
    /// <returns>The body, or why it was refused; then nothing is left to advance.</returns>
    public static async ValueTask<Outcome<BodyBytes>> ReadAsync(HttpContext context, TimeProvider time)
    {
        if (context.Request.ContentLength > Limits.RequestBytes)
        {
            return TooLarge;
        }

        PipeReader pipe = context.Request.BodyReader;
        ValueTask<ReadResult> first = pipe.ReadAsync(context.RequestAborted);
        if (first.IsCompletedSuccessfully && first.Result is { IsCompleted: true } all)
        {
            return Complete(pipe, all);
        }

        // Only a body that is not here yet pays for a timer.
        using var timeout = new CancellationTokenSource(ReadTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.RequestAborted);
        try
        {
            ReadResult result = await first.AsTask().WaitAsync(either.Token);
            while (!result.IsCompleted)
            {
                if (result.Buffer.Length > Limits.RequestBytes)
                {
                    pipe.AdvanceTo(result.Buffer.End);
                    return Refuse(context, TooLarge);
                }

                pipe.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                result = await pipe.ReadAsync(either.Token);
            }

            return Complete(pipe, result);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return Refuse(context, TooSlow);
        }
        catch (IOException exception) when (exception is not (BadHttpRequestException or ConnectionResetException))
        {
            // The server's own word for a chunk size beyond its numbers, which is no bad request to it.
            return Refuse(context, BadFraming);
        }
    }

    /// <summary>
    /// For a refusal without reading a body that is too large. A client that is cut off while it sends seldom sees the answer, so that a
    /// body of a few limits' size is taken in and thrown away behind the answer; with a larger one the connection ends.
    /// </summary>
    public static void LeaveUnread(HttpContext context)
    {
        if (context.Request.ContentLength <= DiscardedBytes && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = DiscardedBytes;
        }
        else
        {
            context.Response.Headers.Connection = "close";
        }
    }

    /// <summary>Reads a JSON body as a document.</summary>
    /// <param name="allowEmpty">True takes no body at all for an empty object.</param>
    /// <param name="allowPlainText">True takes text/plain too, for beacons.</param>
    public static async ValueTask<Outcome<JsonDocument>> ReadJsonAsync(
        HttpContext context, TimeProvider time, bool allowEmpty = false, bool allowPlainText = false)
    {
        Outcome<BodyBytes> read = await ReadAsync(context, time);
        if (!read.IsOk)
        {
            return read.Problem;
        }

        try
        {
            ReadOnlySequence<byte> bytes = read.Value.Sequence;
            if (bytes.IsEmpty && allowEmpty)
            {
                return JsonDocument.Parse("{}", ApiJson.DocumentOptions);
            }

            string? contentType = context.Request.ContentType;
            if (!ContentTypes.IsJson(contentType) && !(allowPlainText && ContentTypes.IsPlainText(contentType)))
            {
                return ContentTypes.Unsupported;
            }

            return Parse(bytes);
        }
        finally
        {
            context.Request.BodyReader.AdvanceTo(read.Value.Sequence.End);
        }
    }

    /// <summary>Parses a JSON document strictly; it keeps no reference to the bytes.</summary>
    public static Outcome<JsonDocument> Parse(ReadOnlySequence<byte> bytes)
    {
        // The document refers to its bytes, and those belong to the pipe.
        byte[] copy = bytes.ToArray();
        if (!Utf8.IsValid(copy))
        {
            return Malformed;
        }

        try
        {
            return JsonDocument.Parse(copy, ApiJson.DocumentOptions);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // A property name with half a surrogate pair is refused by the search for repeated names as an invalid operation.
            return Malformed;
        }
    }

    /// <summary>
    /// Refuses a body whose end was not reached. The connection ends with the answer, and saying so keeps the client from sending its next
    /// request into it.
    /// </summary>
    private static Problem Refuse(HttpContext context, Problem problem)
    {
        context.Response.Headers.Connection = "close";
        return problem;
    }

    private static Outcome<BodyBytes> Complete(PipeReader pipe, ReadResult result)
    {
        if (result.Buffer.Length > Limits.RequestBytes)
        {
            pipe.AdvanceTo(result.Buffer.End);
            return TooLarge;
        }

        return new BodyBytes(result.Buffer);
    }
}

/// <summary>A whole body, still in its pipe.</summary>
internal readonly record struct BodyBytes(ReadOnlySequence<byte> Sequence);
