namespace Orleans;

/// <summary>Makes references to grains. A reference costs little and activates nothing until it is called.</summary>
public interface IGrainFactory
{
    /// <param name="primaryKey">The grain's key; not null, empty or white space.</param>
    /// <param name="grainClassNamePrefix">Chooses among several classes that implement the interface, by the start of their full name.</param>
    /// <exception cref="ArgumentException">No class implements the interface, several do, or the key is blank.</exception>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;

    /// <inheritdoc cref="GetGrain{TGrainInterface}(string, string?)"/>
    IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey);
}
