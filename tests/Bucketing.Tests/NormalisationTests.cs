using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Splitstream.Bucketing.Tests;

public sealed class NormalisationTests
{
    [Fact]
    public void Normalisation_works_in_this_process() => Assert.True(Bucket.NormalisationWorks());

    [Theory]
    [InlineData("0", "True")]
    [InlineData("1", "False")]
    public async Task A_process_in_globalization_invariant_mode_notices_that_it_does_not_normalise(string invariant, string expected)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(NormalisationTests).Assembly.Location])
        {
            RedirectStandardOutput = true,
            Environment = { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = invariant },
        };

        using Process child = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        string output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();

        Assert.Equal(expected, output.Trim());
    }

    [Fact]
    public void The_noncharacter_that_the_framework_refuses_to_normalise_is_hashed_as_it_stands()
    {
        Assert.Equal(Bucket.Hash32("k", "\u00e9\uFFFE\u00e9", "s"), Bucket.Hash32("k", "e\u0301\uFFFEe\u0301", "s"));
        Assert.NotEqual(Bucket.Hash32("k", "a\uFFFEb", "s"), Bucket.Hash32("k", "ab", "s"));
    }

    [Fact]
    public void Key_and_unit_are_normalised_each_for_itself()
    {
        // Were they joined first, the mark would stand after the colon all the same; but the key's last letter must not take it.
        Assert.NotEqual(Bucket.Hash32("e", "\u0301", "s"), Bucket.Hash32("\u00e9", "", "s"));
    }

    [Fact]
    public void Every_code_point_alone_is_hashed_or_refused_but_never_replaced()
    {
        uint replaced = Bucket.Hash32("k", "\uFFFD", "s");
        for (int unit = 0; unit <= char.MaxValue; unit++)
        {
            string text = ((char)unit).ToString();
            if (char.IsSurrogate((char)unit))
            {
                Assert.Throws<ArgumentException>(() => Bucket.Hash32("k", text, "s"));
            }
            else if (unit != 0xFFFD)
            {
                Assert.NotEqual(replaced, Bucket.Hash32("k", text, "s"));
            }
        }
    }

    [Fact]
    public void Ids_of_single_characters_and_their_decompositions_are_one_unit_and_keep_their_normal_form()
    {
        for (int unit = 1; unit <= char.MaxValue; unit++)
        {
            if (char.IsSurrogate((char)unit) || unit == 0xFFFE)
            {
                continue;
            }

            string text = $"\u30AB\uAC00{(char)unit}\u0301";
            string normal = text.Normalize(NormalizationForm.FormC);
            Assert.True(UnitId.TryCreate(text, out UnitId id, out _), $"U+{unit:X4}");
            Assert.True(normal == id.Value, $"U+{unit:X4}");

            // Without the mark, so that the short cut past the Unicode tables is taken wherever it may be.
            string alone = $"\u30AB\uAC00{(char)unit}\u30AB";
            Assert.True(UnitId.TryCreate(alone, out UnitId shortCut, out _), $"U+{unit:X4}");
            Assert.True(alone.Normalize(NormalizationForm.FormC) == shortCut.Value, $"U+{unit:X4}");
            Assert.Equal(shortCut, Units.Id(alone.Normalize(NormalizationForm.FormD)));
        }
    }

    [Fact]
    public void No_character_of_the_shortCutcut_is_a_mark_or_the_second_half_of_a_composition()
    {
        var secondHalves = new HashSet<char>();
        for (int codePoint = 0x80; codePoint <= 0x10FFFF; codePoint++)
        {
            if (codePoint is (>= 0xD800 and <= 0xDFFF) or 0xFFFE)
            {
                continue;
            }

            // In hangul too: the letters of which syllables are made are not syllables.
            foreach (char unit in char.ConvertFromUtf32(codePoint).Normalize(NormalizationForm.FormD).Skip(1).Where(c => !char.IsSurrogate(c)))
            {
                secondHalves.Add(unit);
            }
        }

        for (int unit = 0; unit < char.MaxValue; unit++)
        {
            if (Nfc.IsPlain((char)unit))
            {
                Assert.DoesNotContain((char)unit, secondHalves);
                Assert.True(((char)unit).ToString().IsNormalized(NormalizationForm.FormC), $"U+{unit:X4}");
                Assert.NotEqual(UnicodeCategory.NonSpacingMark, char.GetUnicodeCategory((char)unit));
            }
        }

        Assert.Contains('\u0301', secondHalves);
    }
}
