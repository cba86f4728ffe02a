namespace Splitstream.Grains.Interfaces.Errors;

/// <summary>Tells lost infrastructure from bugs, for those who do not know what storage is made of.</summary>
public interface IFaults
{
    /// <summary>True when the database could not be reached or would not work; the same call may succeed later.</summary>
    bool IsUnavailable(Exception exception);
}
