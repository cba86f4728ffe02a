using Orleans;
using Orleans.Concurrency;

namespace Splitstream.Engine.Tests.Grains;

/// <summary>One method for each way of calling and answering.</summary>
internal interface ICallGrain : IGrainWithStringKey
{
    Task<int> AddAsync(int left, int right);

    ValueTask<string> JoinAsync(string[] parts, char separator, int? times, DateTimeOffset when);

    ValueTask NothingAsync();

    Task<string> KeyAsync();

    /// <summary>Throws FormatException after an await.</summary>
    Task FailAsync(string message);

    /// <summary>Throws FormatException before any await.</summary>
    Task FailAtOnceAsync(string message);

    ValueTask<int> FailWithValueAsync(string message);

    /// <summary>Notes when it waits and ends when the token is cancelled.</summary>
    Task WaitAsync(CancellationToken cancellationToken);

    [OneWay]
    Task TellAsync(string step);

    [OneWay]
    Task TellAndFailAsync();

    Task<int[]> SchedulersAsync();

    Task<bool> SeesAmbientValueAsync();

    /// <summary>Calls the other grain, which calls this one back: neither can answer.</summary>
    Task CallInCircleAsync(string other);

    Task CallBackAsync(string caller);

    Task<string> PassReferenceAsync(ICallGrain other);
}
