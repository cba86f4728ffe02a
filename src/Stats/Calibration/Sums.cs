namespace Splitstream.Stats.Calibration;

/// <summary>Sums and sums of squares per variant of one run; for conversions the squares are the sums.</summary>
internal sealed class Sums(int variants)
{
    public double[] Sum { get; } = new double[variants];

    public double[] Squares { get; } = new double[variants];

    public void Clear()
    {
        Array.Clear(Sum);
        Array.Clear(Squares);
    }
}
