using Splitstream.Stats;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;

namespace Splitstream.Properties;

/// <summary>Values exp(sigma Z): 65,536 equally likely steps, the highest of them drawn exactly, so that the long tail is whole.</summary>
public sealed class LognormalTable
{
    private const int Steps = 65_536;

    private readonly double[] _values = new double[Steps];
    private readonly double _sigma;

    /// <param name="sigma">Above 0.</param>
    public LognormalTable(double sigma)
    {
        _sigma = sigma;
        for (var i = 0; i < Steps; i++)
            _values[i] = Elementary.Exp(sigma * -NormalDistribution.Quantile((i + 0.5) / Steps, Tail.Upper));
    }

    /// <summary>exp(sigma^2 / 2).</summary>
    public double Mean => Elementary.Exp(_sigma * _sigma / 2);

    public double Variance => Elementary.Expm1(_sigma * _sigma) * Elementary.Exp(_sigma * _sigma);

    public double Draw(Pcg random)
    {
        var bits = random.Next();
        var step = (int)(bits >> 48);
        return step < Steps - 1 ? _values[step] : Highest(((bits & 0xFFFFFFFFFFFF) + 0.5) / (1L << 48) / Steps);
    }

    private double Highest(double beyond) => Elementary.Exp(_sigma * NormalDistribution.Quantile(beyond, Tail.Upper));
}
