namespace Splitstream.Stats.Sequential;

/// <summary>Shape of the boundaries of a group sequential test.</summary>
public enum BoundaryKind
{
    /// <summary>The same z at every look (Pocock 1977).</summary>
    Pocock,

    /// <summary>z falls like 1/sqrt(t): hard to cross early (O'Brien and Fleming 1979).</summary>
    OBrienFleming,

    /// <summary>Spends alpha as O'Brien and Fleming do, at looks not planned beforehand (Lan and DeMets 1983).</summary>
    LanDeMetsOBrienFleming,

    /// <summary>Spends alpha as Pocock does, at looks not planned beforehand (Lan and DeMets 1983).</summary>
    LanDeMetsPocock,
}
