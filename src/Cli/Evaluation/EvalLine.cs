using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Splitstream.Cli.Evaluation;

/// <summary>One line of the runner's input, without its end.</summary>
/// <param name="Bytes">The line's bytes; empty when <paramref name="TooLong"/>.</param>
/// <param name="TooLong">Whether the line was longer than is read, and was skipped.</param>
internal readonly record struct EvalLine(ReadOnlyMemory<byte> Bytes, bool TooLong)
{
    private const int FirstBufferBytes = 64 * 1024;

    /// <summary>The lines of a stream, as they arrive.</summary>
    /// <remarks>
    /// A caller may write everything before it reads an answer. Were reading to wait for writing, both sides would then stand still
    /// with full pipes, so the input is read ahead without bound on a thread of its own.
    /// </remarks>
    public static async IAsyncEnumerable<EvalLine> ReadAllAsync(
        Stream input, int maxBytes, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Channel<EvalLine> lines = Channel.CreateUnbounded<EvalLine>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

        // Reading standard input blocks its thread even when asked not to.
        Task reading = Task.Run(() => FillAsync(input, maxBytes, lines.Writer, cancellation), CancellationToken.None);
        await foreach (EvalLine line in lines.Reader.ReadAllAsync(cancellation))
        {
            yield return line;
        }

        await reading;
    }

    private static async Task FillAsync(Stream input, int maxBytes, ChannelWriter<EvalLine> lines, CancellationToken cancellation)
    {
        Exception? failure = null;
        try
        {
            await ReadAsync(input, maxBytes, lines, cancellation);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or OutOfMemoryException)
        {
            failure = e;
        }
        finally
        {
            lines.Complete(failure);
        }
    }

    private static async Task ReadAsync(Stream input, int maxBytes, ChannelWriter<EvalLine> lines, CancellationToken cancellation)
    {
        byte[] buffer = new byte[FirstBufferBytes];
        int length = 0;
        bool skipping = false;
        for (int read; (read = await input.ReadAsync(buffer.AsMemory(length), cancellation)) > 0;)
        {
            // Only the new bytes can hold an end of line, so that a long line is not searched again with every read.
            int searched = length;
            length += read;
            int start = 0;
            for (int end; (end = buffer.AsSpan(searched, length - searched).IndexOf((byte)'\n')) >= 0;)
            {
                end += searched;
                await lines.WriteAsync(skipping ? new EvalLine(default, true) : Line(buffer.AsSpan(start..end), maxBytes), cancellation);
                skipping = false;
                start = end + 1;
                searched = start;
            }

            buffer.AsSpan(start..length).CopyTo(buffer);
            length -= start;
            // One byte more may be the CR of an end of line whose LF is still to come.
            skipping |= length - 1 > maxBytes;
            length = skipping ? 0 : length;
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }

        if (length > 0 || skipping)
        {
            await lines.WriteAsync(skipping ? new EvalLine(default, true) : Line(buffer.AsSpan(0, length), maxBytes), cancellation);
        }
    }

    private static EvalLine Line(ReadOnlySpan<byte> bytes, int maxBytes)
    {
        bytes = bytes is [.., (byte)'\r'] ? bytes[..^1] : bytes;
        return bytes.Length > maxBytes ? new EvalLine(default, true) : new EvalLine(bytes.ToArray(), false);
    }
}
