namespace Splitstream.Deployment.Tests.Live;

/// <summary>The classes that ask the one deployment.</summary>
[CollectionDefinition(Name)]
public sealed class LiveCollection : ICollectionFixture<LiveDeployment>
{
    public const string Name = "live deployment";
}
