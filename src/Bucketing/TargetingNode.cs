namespace Splitstream.Bucketing;

/// <summary>A node of a compiled rule.</summary>
/// <param name="Pointer">Where the node stands in the rule's JSON.</param>
internal abstract record TargetingNode(string Pointer)
{
    public abstract bool Matches(in AttributeSet attributes);

    /// <summary>As <see cref="Matches"/>, but looks at every condition and writes down what it found.</summary>
    public abstract bool Explain(in AttributeSet attributes, List<TargetingOutcome> outcomes);
}

internal sealed record AllNode(string Pointer, TargetingNode[] Children) : TargetingNode(Pointer)
{
    public override bool Matches(in AttributeSet attributes)
    {
        foreach (TargetingNode child in Children)
        {
            if (!child.Matches(attributes))
            {
                return false;
            }
        }

        return true;
    }

    public override bool Explain(in AttributeSet attributes, List<TargetingOutcome> outcomes)
    {
        bool matched = true;
        foreach (TargetingNode child in Children)
        {
            matched &= child.Explain(attributes, outcomes);
        }

        return matched;
    }
}

internal sealed record AnyNode(string Pointer, TargetingNode[] Children) : TargetingNode(Pointer)
{
    public override bool Matches(in AttributeSet attributes)
    {
        foreach (TargetingNode child in Children)
        {
            if (child.Matches(attributes))
            {
                return true;
            }
        }

        return false;
    }

    public override bool Explain(in AttributeSet attributes, List<TargetingOutcome> outcomes)
    {
        bool matched = false;
        foreach (TargetingNode child in Children)
        {
            matched |= child.Explain(attributes, outcomes);
        }

        return matched;
    }
}

internal sealed record NotNode(string Pointer, TargetingNode Child) : TargetingNode(Pointer)
{
    public override bool Matches(in AttributeSet attributes) => !Child.Matches(attributes);

    public override bool Explain(in AttributeSet attributes, List<TargetingOutcome> outcomes) => !Child.Explain(attributes, outcomes);
}
