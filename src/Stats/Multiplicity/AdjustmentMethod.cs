namespace Splitstream.Stats.Multiplicity;

/// <summary>How p-values of several tests are corrected.</summary>
public enum AdjustmentMethod
{
    /// <summary>Family-wise error, m p.</summary>
    Bonferroni,

    /// <summary>Family-wise error, step-down; never weaker than Bonferroni (Holm 1979).</summary>
    Holm,

    /// <summary>False discovery rate of independent tests (Benjamini and Hochberg 1995).</summary>
    BenjaminiHochberg,

    /// <summary>False discovery rate under any dependence (Benjamini and Yekutieli 2001).</summary>
    BenjaminiYekutieli,
}
