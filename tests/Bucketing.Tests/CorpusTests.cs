using System.Diagnostics;
using System.Text.Json;

namespace Splitstream.Bucketing.Tests;

public sealed class CorpusTests
{
    public static TheoryData<string, string> BucketRows => Corpus.Names("bucket");

    public static TheoryData<string, string> SelectRows => Corpus.Names("select");

    public static TheoryData<string, string> BadRows => Corpus.Names("bad");

    [Theory]
    [MemberData(nameof(BucketRows))]
    public void Every_row_of_the_corpus_gets_its_hash_its_bucket_and_its_variant(string id, string note)
    {
        JsonElement row = Corpus.Row("bucket", id);
        string key = row.GetProperty("experiment_key").GetString()!;
        string unit = row.GetProperty("unit_id").GetString()!;
        string seed = row.GetProperty("seed").GetString()!;
        JsonElement expected = row.GetProperty("expected");

        uint hash = Bucket.Hash32(key, unit, seed);
        VariantSplit split = VariantSplit.Create(Corpus.Variants(row));
        int chosen = split.Choose(Bucket.FromHash(hash));

        Assert.True(expected.GetProperty("hash8").GetString() == $"{hash:x8}", note);
        Assert.Equal(expected.GetProperty("bucket").GetDouble(), Bucket.Of(key, unit, seed));
        Assert.Equal(expected.GetProperty("variant").GetString(), chosen < 0 ? null : split.Variants[chosen].Key);
    }

    [Theory]
    [MemberData(nameof(BucketRows))]
    public void The_prepared_hasher_gives_the_same_hash_wherever_the_id_is_one(string id, string note)
    {
        JsonElement row = Corpus.Row("bucket", id);
        string text = row.GetProperty("unit_id").GetString()!;
        var hasher = new BucketHasher(row.GetProperty("experiment_key").GetString()!, new BucketingSeed(row.GetProperty("seed").GetString()!));

        if (!UnitId.TryCreate(text, out UnitId unit, out UnitIdError error))
        {
            Assert.True(error is UnitIdError.Empty or UnitIdError.TooLong or UnitIdError.ContainsNul, $"{note}: {error}");
            return;
        }

        Assert.Equal(row.GetProperty("expected").GetProperty("hash8").GetString(), $"{hasher.Hash32(unit):x8}");
        Assert.Equal(hasher.Hash32(unit), (uint)(hasher.Hash64(unit) >> 32));
        Assert.Equal(row.GetProperty("expected").GetProperty("bucket").GetDouble(), hasher.BucketOf(unit));
    }

    [Theory]
    [MemberData(nameof(SelectRows))]
    public void Every_boundary_row_gets_its_variant(string id, string note)
    {
        JsonElement row = Corpus.Row("select", id);
        VariantSplit split = VariantSplit.Create(Corpus.Variants(row));
        double bucket = row.GetProperty("bucket").GetDouble();

        int chosen = split.Choose(bucket);

        Assert.Equal(bucket, Bucket.FromHash(row.GetProperty("hash32").GetUInt32()));
        Assert.True(row.GetProperty("expected").GetProperty("variant").GetString() == (chosen < 0 ? null : split.Variants[chosen].Key), note);
    }

    [Theory]
    [MemberData(nameof(BadRows))]
    public void Every_bad_row_that_the_library_can_meet_is_refused(string id, string note)
    {
        JsonElement row = Corpus.Row("bad", id);
        JsonElement input = row.GetProperty("input");

        switch (row.GetProperty("kind").GetString())
        {
            case "text":
                string Field(string name) => Corpus.Text(input.GetProperty(name));
                Assert.ThrowsAny<ArgumentException>(() => Bucket.Hash32(Field("experiment_key"), Field("unit_id"), Field("seed")));
                break;
            case "weights":
                Assert.False(VariantSplit.TryCreate(Corpus.Variants(input), out _, out InputProblem? problem), note);
                Assert.NotEmpty(problem!.Message);
                break;
            case "bucket":
                VariantSplit split = VariantSplit.Create(Corpus.Variants(input));
                Assert.Throws<ArgumentOutOfRangeException>(() => split.Choose(input.GetProperty("bucket").GetDouble()));
                break;
            default:
                // Wrong types cannot be written in C#; the conformance runner refuses these rows.
                Assert.Equal("type", row.GetProperty("kind").GetString());
                break;
        }
    }

    [Fact]
    public void The_corpus_has_the_ten_classic_rows_and_at_least_a_hundred_and_sixty_more()
    {
        int classic = Corpus.Rows("bucket").Count(row => row.GetProperty("note").GetString()!.StartsWith("classic: ", StringComparison.Ordinal));

        Assert.Equal(10, classic);
        Assert.True(Corpus.Rows("bucket").Count() >= 170);
        Assert.Equal(Corpus.Rows("bucket").Count(), Corpus.Rows("bucket").DistinctBy(row => row.GetProperty("id").GetString()).Count());
    }

    [Fact]
    public async Task The_independent_implementation_in_python_recomputes_every_row()
    {
        var start = new ProcessStartInfo("python3", [Path.Combine(Corpus.Folder, "make_bucketing.py"), "--check"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        using Process python = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start.");
        Task<string> output = python.StandardOutput.ReadToEndAsync();
        Task<string> errors = python.StandardError.ReadToEndAsync();
        await python.WaitForExitAsync();

        Assert.True(python.ExitCode == 0, await output + await errors);
        Assert.Contains($"{Corpus.Rows("bucket").Count()} bucket rows", await output, StringComparison.Ordinal);
        Assert.Contains("all equal", await output, StringComparison.Ordinal);
    }
}
