namespace Splitstream.Api.Telemetry;

/// <summary>One series: a number, or the buckets of a histogram.</summary>
/// <param name="bounds">Upper bounds of the buckets, ascending and inclusive; null for a plain number.</param>
internal sealed class MetricSeries(double[]? bounds)
{
    private readonly Lock _lock = new();
    private readonly long[] _buckets = new long[(bounds?.Length ?? 0) + 1];
    private double _sum;
    private long _count;

    public void Record(double value, bool replaces)
    {
        lock (_lock)
        {
            _sum = replaces ? value : _sum + value;
            if (bounds is not null)
            {
                int bucket = 0;
                while (bucket < bounds.Length && value > bounds[bucket])
                {
                    bucket++;
                }

                _buckets[bucket]++;
                _count++;
            }
        }
    }

    /// <param name="labels">Written labels without braces; empty for none.</param>
    public void Write(TextWriter text, string name, string labels)
    {
        lock (_lock)
        {
            string braces = labels.Length == 0 ? "" : $"{{{labels}}}";
            if (bounds is null)
            {
                text.WriteLine($"{name}{braces} {MetricFamily.Number(_sum)}");
                return;
            }

            string before = labels.Length == 0 ? "" : labels + ",";
            long cumulative = 0;
            for (int i = 0; i <= bounds.Length; i++)
            {
                cumulative += _buckets[i];
                string bound = MetricFamily.Number(i < bounds.Length ? bounds[i] : double.PositiveInfinity);
                text.WriteLine($"{name}_bucket{{{before}le=\"{bound}\"}} {cumulative}");
            }

            text.WriteLine($"{name}_sum{braces} {MetricFamily.Number(_sum)}");
            text.WriteLine($"{name}_count{braces} {_count}");
        }
    }
}
