using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Splitstream.Api.Auth;

/// <summary>
/// Limits how often one remote address may send a wrong key: a bucket of tokens per address, one taken by each failure. A key that is
/// right always passes, so that nobody is locked out by a neighbour behind the same proxy; secrets are too long to be found by guessing.
/// </summary>
internal sealed class GuessLimiter(TimeProvider time)
{
    /// <summary>Failures that an address may send at once.</summary>
    public const int Burst = 20;

    /// <summary>Seconds after which one more failure is allowed.</summary>
    public const double RefillSeconds = 3;

    /// <summary>Addresses remembered at once; beyond it, those whose bucket is full again are forgotten.</summary>
    private const int AddressesMax = 10_000;

    private readonly ConcurrentDictionary<IPAddress, Bucket> _buckets = new();

    /// <summary>Takes a token for a failure.</summary>
    /// <returns>False when the address has none left and is to be told to slow down.</returns>
    public bool TryFail(IPAddress? address)
    {
        IPAddress source = Normalise(address);
        if (_buckets.Count >= AddressesMax && !_buckets.ContainsKey(source))
        {
            Forget();
            if (_buckets.Count >= AddressesMax)
            {
                // So many addresses fail at once that they share one bucket.
                source = IPAddress.None;
            }
        }

        return _buckets.GetOrAdd(source, static (_, now) => new Bucket(now), time.GetTimestamp()).TryTake(time);
    }

    private void Forget()
    {
        foreach ((IPAddress address, Bucket bucket) in _buckets)
        {
            if (bucket.IsFull(time))
            {
                _buckets.TryRemove(address, out _);
            }
        }
    }

    /// <summary>One site has a /64 of IPv6, so that its last 64 bits say nothing about who it is.</summary>
    private static IPAddress Normalise(IPAddress? address)
    {
        if (address is null)
        {
            return IPAddress.Any;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    private sealed class Bucket(long timestamp)
    {
        private readonly Lock _lock = new();
        private double _tokens = Burst;
        private long _timestamp = timestamp;

        public bool TryTake(TimeProvider time)
        {
            lock (_lock)
            {
                Refill(time);
                if (_tokens < 1)
                {
                    return false;
                }

                _tokens--;
                return true;
            }
        }

        public bool IsFull(TimeProvider time)
        {
            lock (_lock)
            {
                Refill(time);
                return _tokens >= Burst;
            }
        }

        private void Refill(TimeProvider time)
        {
            long now = time.GetTimestamp();
            _tokens = Math.Min(Burst, _tokens + (time.GetElapsedTime(_timestamp, now).TotalSeconds / RefillSeconds));
            _timestamp = now;
        }
    }
}
