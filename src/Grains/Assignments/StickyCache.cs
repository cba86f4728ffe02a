using Splitstream.Grains.Interfaces;

namespace Splitstream.Grains.Assignments;

/// <summary>
/// Committed rows in memory, in front of the grains: 24 bytes a slot in open addressing, striped by hash. Rows are written once, so an
/// entry is right until a rebucket or erasure, which invalidates it. A stripe that is full is emptied; rows can be read again.
/// </summary>
/// <remarks>
/// The race between a fill and an invalidation: a reader takes <see cref="Generation"/> before it asks the database, and its fill is
/// dropped when an invalidation of that experiment arrived in between.
/// </remarks>
public sealed class StickyCache
{
    private const int Stripes = 64;
    private const int StartSlots = 64;
    private const double FillMax = 0.75;
    private const int VariantBits = 8;

    /// <summary>Odd constants spread experiment ids over 128 bits; a unit's hash is uniform already.</summary>
    private static readonly UInt128 Spread = new(0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03);

    private readonly Stripe[] _stripes;
    private readonly long[] _generations = new long[1_024];

    /// <param name="capacity">Entries over all stripes, at least 64.</param>
    public StickyCache(int capacity)
    {
        var perStripe = Math.Max(1, capacity / Stripes);
        _stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new Stripe(perStripe))];
        Telemetry.Meter.CreateObservableGauge("splitstream.sticky_cache.entries", () => Count);
    }

    public long Count => _stripes.Sum(stripe => (long)stripe.Count);

    /// <summary>To be taken before the read whose result is to be cached.</summary>
    public long Generation(long experimentId) => Volatile.Read(ref Generations(experimentId));

    public bool TryGet(long experimentId, UInt128 unit, out int variant, out DateTimeOffset assignedAt)
    {
        var key = KeyOf(experimentId, unit);
        var found = StripeOf(key).TryGet(key, out var packed);
        variant = (int)(packed & ((1 << VariantBits) - 1));
        assignedAt = DateTimeOffset.UnixEpoch.AddTicks((packed >> VariantBits) * TimeSpan.TicksPerMicrosecond);
        return found;
    }

    /// <param name="generation">As it was before the read.</param>
    public void Fill(long experimentId, UInt128 unit, int variant, DateTimeOffset assignedAt, long generation)
    {
        var key = KeyOf(experimentId, unit);
        var micros = (assignedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var packed = (micros << VariantBits) | (uint)variant;
        StripeOf(key).Set(key, packed, ref Generations(experimentId), generation);
    }

    /// <summary>
    /// The experiment that holds the unit in a group. A claim ends only when its experiment is archived, so an entry is right for as long
    /// as that experiment is in the catalog.
    /// </summary>
    public bool TryGetHolder(long groupId, UInt128 unit, out long experimentId)
    {
        var key = KeyOf(~groupId, unit);
        return StripeOf(key).TryGet(key, out experimentId);
    }

    public void FillHolder(long groupId, UInt128 unit, long experimentId)
    {
        var key = KeyOf(~groupId, unit);
        ref var generation = ref Generations(~groupId);
        StripeOf(key).Set(key, experimentId, ref generation, generation);
    }

    /// <summary>Forgets one pair, and every fill of the experiment that is under way.</summary>
    public void Invalidate(long experimentId, UInt128 unit)
    {
        var key = KeyOf(experimentId, unit);
        StripeOf(key).Remove(key, ref Generations(experimentId));
    }

    /// <summary>Forgets everything, and every fill that is under way.</summary>
    public void Clear()
    {
        for (var i = 0; i < _generations.Length; i++)
        {
            Interlocked.Increment(ref _generations[i]);
        }

        foreach (var stripe in _stripes)
        {
            stripe.Clear();
        }
    }

    /// <summary>Experiments may share a counter; the price is a fill dropped in vain.</summary>
    private ref long Generations(long experimentId) => ref _generations[(int)((ulong)experimentId % (ulong)_generations.Length)];

    private static UInt128 KeyOf(long experimentId, UInt128 unit)
    {
        var key = unit ^ ((UInt128)(ulong)experimentId * Spread);
        return key == 0 ? 1 : key;
    }

    private Stripe StripeOf(UInt128 key) => _stripes[(int)((ulong)(key >> 64) & (Stripes - 1))];

    /// <summary>A hash table under a lock. Key zero marks a free slot; removal shifts the entries behind it back.</summary>
    private sealed class Stripe(int capacity)
    {
        private readonly Lock _lock = new();
        private UInt128[] _keys = new UInt128[StartSlots];
        private long[] _values = new long[StartSlots];

        public int Count { get; private set; }

        public bool TryGet(UInt128 key, out long value)
        {
            lock (_lock)
            {
                var slot = Find(key);
                var found = _keys[slot] == key;
                value = found ? _values[slot] : 0;
                return found;
            }
        }

        public void Set(UInt128 key, long value, ref long generation, long expected)
        {
            lock (_lock)
            {
                if (Volatile.Read(ref generation) != expected)
                {
                    return;
                }

                var slot = Find(key);
                if (_keys[slot] != key)
                {
                    if (Count >= capacity)
                    {
                        Empty();
                    }
                    else if (Count + 1 > _keys.Length * FillMax)
                    {
                        Grow();
                    }

                    slot = Find(key);
                    _keys[slot] = key;
                    Count++;
                }

                _values[slot] = value;
            }
        }

        public void Remove(UInt128 key, ref long generation)
        {
            lock (_lock)
            {
                // Inside the lock, so that a fill is either seen and removed here or sees the new generation.
                Interlocked.Increment(ref generation);
                var hole = Find(key);
                if (_keys[hole] != key)
                {
                    return;
                }

                Count--;
                var mask = _keys.Length - 1;
                for (var next = (hole + 1) & mask; _keys[next] != 0; next = (next + 1) & mask)
                {
                    var home = Home(_keys[next]);
                    if (((next - home) & mask) >= ((next - hole) & mask))
                    {
                        _keys[hole] = _keys[next];
                        _values[hole] = _values[next];
                        hole = next;
                    }
                }

                _keys[hole] = 0;
            }
        }

        public void Clear()
        {
            lock (_lock)
            {
                Empty();
            }
        }

        private void Empty()
        {
            Array.Clear(_keys);
            Count = 0;
        }

        private void Grow()
        {
            var (keys, values) = (_keys, _values);
            _keys = new UInt128[keys.Length * 2];
            _values = new long[keys.Length * 2];
            for (var i = 0; i < keys.Length; i++)
            {
                if (keys[i] != 0)
                {
                    var slot = Find(keys[i]);
                    _keys[slot] = keys[i];
                    _values[slot] = values[i];
                }
            }
        }

        private int Home(UInt128 key) => (int)((ulong)key & (ulong)(_keys.Length - 1));

        private int Find(UInt128 key)
        {
            var mask = _keys.Length - 1;
            var slot = Home(key);
            while (_keys[slot] != 0 && _keys[slot] != key)
            {
                slot = (slot + 1) & mask;
            }

            return slot;
        }
    }
}
