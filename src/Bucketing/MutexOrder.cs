using System.Collections.Immutable;

namespace Splitstream.Bucketing;

/// <summary>
/// The order in which the members of a mutex group are tried for a unit: drawn per unit, weighted by share, so that the group's
/// units are divided by the shares and not by who is asked for first. Immutable and safe for concurrent use.
/// </summary>
/// <remarks>
/// Weighted sampling without replacement by exponential races (Efraimidis and Spirakis 2006, algorithm A): member i has rank
/// -ln(u_i) / share_i with u_i uniform in (0, 1), from 52 bits of the digest of (member key, unit, group seed); lowest rank first.
/// The first is member i with probability share_i / sum of shares; the same holds within every subset, whose order is the whole
/// order with the others left out. A member's rank depends on no other member, so that one who joins late reorders nobody else.
/// </remarks>
public sealed class MutexOrder
{
    private const int MembersOnStack = 64;
    private readonly BucketHasher[] _hashers;

    /// <summary>Prepares the order of a group.</summary>
    /// <param name="groupSeed">The group's own seed.</param>
    /// <param name="members">Its members, with distinct keys; their order has no effect.</param>
    /// <exception cref="ArgumentException">A share is negative or not finite, or a key occurs twice.</exception>
    public MutexOrder(BucketingSeed groupSeed, IReadOnlyList<MutexMember> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        Members = [.. members];
        _hashers = new BucketHasher[members.Count];
        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < members.Count; i++)
        {
            if (!(members[i].Share >= 0) || !double.IsFinite(members[i].Share))
            {
                throw new ArgumentException($"The share of {members[i].Key} must be finite and not negative.", nameof(members));
            }

            if (!keys.Add(members[i].Key))
            {
                throw new ArgumentException($"The member {members[i].Key} occurs twice.", nameof(members));
            }

            _hashers[i] = new BucketHasher(members[i].Key, groupSeed);
        }
    }

    /// <summary>The members as given.</summary>
    public ImmutableArray<MutexMember> Members { get; }

    /// <summary>Writes the members' indices in the order in which they are tried for the unit.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="order">Receives indices into <see cref="Members"/>; must have exactly as many places.</param>
    /// <exception cref="ArgumentException">It has more or fewer.</exception>
    public void Order(UnitId unit, Span<int> order)
    {
        if (order.Length != Members.Length)
        {
            throw new ArgumentException($"The order needs {Members.Length} places, not {order.Length}.", nameof(order));
        }

        Span<Place> places = order.Length <= MembersOnStack ? stackalloc Place[order.Length] : new Place[order.Length];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = Draw(i, unit);
        }

        // Insertion sort: groups are small, and it needs no comparer object.
        for (int i = 0; i < places.Length; i++)
        {
            Place place = places[i];
            int at = i;
            for (; at > 0 && Before(place, places[at - 1], order[at - 1], i); at--)
            {
                places[at] = places[at - 1];
                order[at] = order[at - 1];
            }

            places[at] = place;
            order[at] = i;
        }
    }

    private Place Draw(int member, UnitId unit)
    {
        // The middle of one of 2^52 equal cells, which a double holds exactly: never 0, never 1.
        double u = ((_hashers[member].Hash64(unit) >> 12) + 0.5) * (1.0 / (1UL << 52));
        double time = -Math.Log(u);
        double share = Members[member].Share;
        return share > 0 ? new Place(false, time / share) : new Place(true, time);
    }

    /// <summary>Ties need equal 52-bit draws; the key decides them, so that the order given never does.</summary>
    private bool Before(Place place, Place other, int otherMember, int member)
    {
        if (place.WithoutShare != other.WithoutShare)
        {
            return other.WithoutShare;
        }

        return place.Rank < other.Rank
            || (place.Rank == other.Rank && string.CompareOrdinal(Members[member].Key, Members[otherMember].Key) < 0);
    }

    private readonly record struct Place(bool WithoutShare, double Rank);
}
