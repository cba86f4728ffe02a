using Splitstream.Grains.Certificates;

namespace Splitstream.Grains.Tests.Certificates;

public sealed class PeekingAuditTests
{
    [Fact]
    public void Few_looks_err_less_than_the_plan_and_constant_watching_more()
    {
        var (realised, finest, watched) = PeekingAudit.Compute(
            CertificateTests.Certified, Days(12, 20, 28), [TimeSpan.FromDays(20) + TimeSpan.FromMinutes(30)], CancellationToken.None);

        Assert.InRange(realised!.Rate, 0.01, 0.035);
        Assert.Equal(30, finest);
        Assert.InRange(watched!.Rate, 0.045, 0.06);
    }

    [Fact]
    public void Looks_that_could_not_decide_have_not_erred()
    {
        var (realised, finest, watched) = PeekingAudit.Compute(CertificateTests.Certified, Days(1), [], CancellationToken.None);

        Assert.Equal(0, realised!.Rate);
        Assert.Null(finest);
        Assert.Null(watched);
    }

    [Fact]
    public void Views_a_second_apart_count_as_five_minutes()
    {
        var seconds = new[] { TimeSpan.FromSeconds(100_000), TimeSpan.FromSeconds(100_001) };

        Assert.Equal(5, PeekingAudit.Compute(CertificateTests.Certified, Days(20), seconds, CancellationToken.None).FinestMinutes);
    }

    private static TimeSpan[] Days(params double[] days) => [.. days.Select(TimeSpan.FromDays)];
}
