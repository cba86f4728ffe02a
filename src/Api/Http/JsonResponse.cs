using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Splitstream.Api.Json;

namespace Splitstream.Api.Http;

/// <summary>Writes JSON answers with their length, from a buffer that each thread keeps.</summary>
internal static class JsonResponse
{
    public const string MediaType = "application/json";

    /// <summary>A thread's buffer is given back to the collector above this size, so that one large answer is not kept for ever.</summary>
    private const int KeptBufferBytes = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _t_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _t_writer;

    /// <summary>Answers a value by its generated serializer.</summary>
    public static Task WriteAsync<T>(
        HttpContext context, int status, T value, JsonTypeInfo<T> type, string mediaType = MediaType) =>
        WriteAsync(context, status, (value, type), static (writer, state) => JsonSerializer.Serialize(writer, state.value, state.type), mediaType);

    /// <summary>Answers what a callback writes. The callback runs at once and must not keep the writer.</summary>
    public static Task WriteAsync<TState>(
        HttpContext context, int status, TState state, Action<Utf8JsonWriter, TState> write, string mediaType = MediaType)
    {
        ArrayBufferWriter<byte> buffer = _t_buffer ??= new ArrayBufferWriter<byte>(1024);
        Utf8JsonWriter writer = _t_writer ??= new Utf8JsonWriter(buffer, ApiJson.WriterOptions);
        buffer.ResetWrittenCount();
        writer.Reset(buffer);
        try
        {
            write(writer, state);
            writer.Flush();
            return SendAsync(context, status, buffer.WrittenSpan, mediaType);
        }
        finally
        {
            if (buffer.Capacity > KeptBufferBytes)
            {
                _t_buffer = null;
                _t_writer = null;
            }
        }
    }

    private static Task SendAsync(HttpContext context, int status, ReadOnlySpan<byte> body, string mediaType)
    {
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.ContentType = mediaType;
        response.ContentLength = body.Length;
        response.BodyWriter.Write(body);
        var flushed = response.BodyWriter.FlushAsync(context.RequestAborted);
        return flushed.IsCompletedSuccessfully ? Task.CompletedTask : flushed.AsTask();
    }
}
