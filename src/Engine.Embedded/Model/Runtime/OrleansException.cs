namespace Orleans.Runtime;

/// <summary>Base of what the engine itself throws.</summary>
public class OrleansException : Exception
{
    public OrleansException()
    {
    }

    public OrleansException(string message)
        : base(message)
    {
    }

    public OrleansException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The engine is not running, so that the call was not made.</summary>
public class OrleansMessageRejectionException : OrleansException
{
    internal OrleansMessageRejectionException(string message)
        : base(message)
    {
    }
}
