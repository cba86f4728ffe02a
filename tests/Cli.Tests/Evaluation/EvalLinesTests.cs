using System.IO.Pipes;
using System.Text;
using System.Text.Json;
using Splitstream.Cli.Evaluation;

namespace Splitstream.Cli.Tests.Evaluation;

public sealed class EvalLinesTests
{
    private const string Question = """{"id": 1, "op": "select", "input": {"bucket": 0, "hash32": 0, "variants": [{"key": "a", "weight": 1}]}}""";

    /// <summary>Only to end a run that hangs; no test measures time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("1.50")]
    [InlineData("1e400")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("\"\"")]
    [InlineData("\"caf\u00e9 \\u00e9 \\/ \\ud83d\\ude00\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("[1, [2, {\"a\": [null]}]]")]
    [InlineData("{\"a\": 1, \"a\": 2, \"\\udc00\": \"\"}")]
    public async Task The_id_comes_back_as_it_was_written(string id)
    {
        foreach (string rest in new[] { "\"op\": \"nothing\"", Question[10..^1] })
        {
            string output = Encoding.UTF8.GetString(await Runner.RawAsync(Encoding.UTF8.GetBytes($$$"""{"id": {{{id}}}, {{{rest}}}}""")));

            Assert.StartsWith($$$"""{"id":{{{id}}},"ok":""", output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(10_000, null)]
    [InlineData(1_000_000, "malformed")]
    public async Task Deep_nesting_is_echoed_or_refused_and_stops_nothing(int depth, string? code)
    {
        string id = new string('[', depth) + new string(']', depth);
        string line = Question.Replace("1,", id + ",", StringComparison.Ordinal);

        string[] output = Encoding.UTF8.GetString(await Runner.RawAsync(Encoding.UTF8.GetBytes($"{line}\n{Question}\n"))).Split('\n');

        Assert.Equal(code is null, output[0].Contains(id, StringComparison.Ordinal));
        Assert.Equal(code is not null, output[0].Contains("\"code\":\"malformed\"", StringComparison.Ordinal));
        Assert.Contains("\"ok\":true", output[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_absent_id_is_null() =>
        Assert.Equal(JsonValueKind.Null, (await Runner.AskOneAsync("""{"op": "x"}""")).GetProperty("id").ValueKind);

    [Fact]
    public async Task A_carriage_return_between_the_parts_of_an_id_does_not_look_like_an_end_of_line()
    {
        byte[] output = await Runner.RawAsync(Encoding.UTF8.GetBytes("{\"id\": [1,\r2], \"op\": \"x\"}\r\n"));

        Assert.DoesNotContain((byte)'\r', output);
        Assert.Equal(2, JsonDocument.Parse(output).RootElement.GetProperty("id")[1].GetInt32());
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("\n", 1)]
    [InlineData("\r\n", 1)]
    [InlineData("\n\n\n", 3)]
    [InlineData("{}", 1)]
    [InlineData("{}\r\n{}\n{}", 3)]
    [InlineData("{}\n\n{}\n", 3)]
    [InlineData("{}\n ", 2)]
    public async Task Every_line_gets_one_answer_whether_or_not_the_last_one_is_ended(string input, int answers) =>
        Assert.Equal(answers, (await Runner.AskAsync(input)).Length);

    [Fact]
    public async Task Answers_keep_the_order_and_a_refusal_stops_nothing()
    {
        var input = new StringBuilder();
        for (int i = 0; i < 100_000; i++)
        {
            input.Append(i % 3 == 0 ? "broken" : Question.Replace("\"id\": 1", $"\"id\": {i}", StringComparison.Ordinal)).Append('\n');
        }

        JsonElement[] answers = await Runner.AskAsync(input.ToString());

        Assert.Equal(100_000, answers.Length);
        for (int i = 0; i < answers.Length; i++)
        {
            Assert.Equal(i % 3 == 0 ? "malformed" : null, Runner.Code(answers[i]));
            Assert.Equal(i % 3 == 0 ? "null" : $"{i}", answers[i].GetProperty("id").GetRawText());
        }
    }

    [Fact]
    public async Task The_same_line_gets_the_same_bytes_every_time()
    {
        byte[] three = await Runner.RawAsync(Encoding.UTF8.GetBytes($"{Question}\nbroken\n{Question}\n"));

        string[] lines = Encoding.UTF8.GetString(three).Split('\n');
        Assert.Equal(lines[0], lines[2]);
        Assert.Equal("""{"id":1,"ok":true,"result":{"variant":"a"}}""", lines[0]);
    }

    [Fact]
    public async Task A_line_of_many_megabytes_is_answered()
    {
        string id = new('界', 8_000_000);
        string line = $$$"""{"op": "bucket", "input": {"experiment_key": "k", "unit_id": "{{{id}}}", "seed": "s", "variants": [{"key": "a", "weight": 1}]}}""";

        JsonElement answer = await Runner.AskOneAsync(line);

        Assert.Equal($"{Splitstream.Bucketing.Bucket.Hash32("k", id, "s"):x8}", answer.GetProperty("result").GetProperty("hash8").GetString());
    }

    [Theory]
    [InlineData(16)]
    [InlineData(100_000)]
    public async Task A_line_beyond_the_limit_is_skipped_and_the_next_one_answered(int limit)
    {
        string fits = "{" + new string(' ', limit - 2) + "}";
        string tooLong = "{" + new string(' ', limit - 1) + "}";
        string muchTooLong = "{" + new string(' ', limit * 5) + "}";
        byte[] input = Encoding.UTF8.GetBytes(string.Join("\r\n", fits, tooLong, muchTooLong, fits, muchTooLong));

        foreach (int piece in new[] { 7, 4096, 1 << 20 })
        {
            using var output = new MemoryStream();
            await EvalRunner.RunAsync(new ObservedInput(input, new TaskCompletionSource(), piece), output, limit);

            string[] codes = [.. Encoding.UTF8.GetString(output.ToArray()).Split('\n').SkipLast(1).Select(line => Runner.Code(JsonDocument.Parse(line).RootElement)!)];
            Assert.Equal(["unknown_op", "malformed", "malformed", "unknown_op", "malformed"], codes);
        }
    }

    [Fact]
    public async Task A_caller_may_wait_for_each_answer()
    {
        using var toRunner = new AnonymousPipeServerStream(PipeDirection.Out);
        using var runnerInput = new AnonymousPipeClientStream(PipeDirection.In, toRunner.ClientSafePipeHandle);
        using var fromRunner = new AnonymousPipeServerStream(PipeDirection.In);
        using var runnerOutput = new AnonymousPipeClientStream(PipeDirection.Out, fromRunner.ClientSafePipeHandle);
        Task running = EvalRunner.RunAsync(runnerInput, runnerOutput);
        using var answers = new StreamReader(fromRunner);

        for (int i = 0; i < 100; i++)
        {
            await toRunner.WriteAsync(Encoding.UTF8.GetBytes($$$"""{"id": {{{i}}}}""" + "\n"));
            string? answer = await answers.ReadLineAsync().WaitAsync(Patience);
            Assert.StartsWith($$$"""{"id":{{{i}}},""", answer, StringComparison.Ordinal);
        }

        toRunner.Dispose();
        await running.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_caller_may_write_everything_before_it_reads_an_answer()
    {
        // The first answer cannot be written until the last line has been read: a runner that does not read ahead never ends.
        byte[] input = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Question + "\n", 50_000)));
        var inputRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var output = new HeldOutput(inputRead.Task);

        await EvalRunner.RunAsync(new ObservedInput(input, inputRead), output).WaitAsync(Patience);

        Assert.Equal(50_000, output.Lines);
    }

    [Fact]
    public async Task Lines_are_the_same_however_the_bytes_arrive()
    {
        byte[] input = Encoding.UTF8.GetBytes($"{Question}\r\n\n{Question.Replace("\"a\"", "\"新規\"", StringComparison.Ordinal)}\nbroken");
        byte[] whole = await Runner.RawAsync(input);

        foreach (int piece in new[] { 1, 2, 7, 64 })
        {
            using var output = new MemoryStream();
            await EvalRunner.RunAsync(new ObservedInput(input, new TaskCompletionSource(), piece), output);
            Assert.Equal(whole, output.ToArray());
        }
    }

    [Fact]
    public async Task Every_answer_is_flushed_before_the_next_is_written()
    {
        using var output = new HeldOutput(Task.CompletedTask);

        await EvalRunner.RunAsync(new MemoryStream(Encoding.UTF8.GetBytes($"{Question}\n{Question}\nbroken\n")), output);

        Assert.Equal(["write", "flush", "write", "flush", "write", "flush"], output.Calls);
    }

    /// <summary>Input in pieces of at most a given size, which tells when its end has been seen.</summary>
    private sealed class ObservedInput(byte[] bytes, TaskCompletionSource ended, int piece = 4096) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
            if (read == 0)
            {
                ended.TrySetResult();
            }

            return read;
        }
    }

    /// <summary>Output that takes nothing until it may.</summary>
    private sealed class HeldOutput(Task released) : MemoryStream
    {
        public List<string> Calls { get; } = [];

        public int Lines => ToArray().Count(b => b == '\n');

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await released;
            Calls.Add("write");
            await base.WriteAsync(buffer, cancellationToken);
        }

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            Calls.Add("flush");
            return Task.CompletedTask;
        }
    }
}
