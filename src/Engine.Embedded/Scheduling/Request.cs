namespace Splitstream.Engine.Embedded;

/// <summary>One call on its way to a grain, and its answer.</summary>
internal abstract class Request
{
    public RequestMethod Method { get; set; } = null!;

    /// <summary>Timestamp of the engine's time provider.</summary>
    public long SentAt { get; set; }

    /// <summary>The activation that runs the request, once one does.</summary>
    public Activation Activation { get; set; } = null!;

    /// <summary>The place in that activation's list of running requests.</summary>
    public int Position { get; set; }

    public abstract bool IsAnswered { get; }

    /// <summary>Runs the first turn, on the activation.</summary>
    public abstract void Run();

    /// <summary>Answers with an exception, unless answered already.</summary>
    public abstract void Fail(Exception exception);

    public override string ToString() => Method.Name;
}

/// <summary>A call whose answer is a <typeparamref name="T"/>. One class per grain method is made at run time, holding its arguments.</summary>
internal abstract class Request<T> : Request
{
    // A caller's continuation never runs inside the turn that answers it.
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => _answer.Task;

    public override bool IsAnswered => _answer.Task.IsCompleted;

    public abstract Task Invoke(object grain);

    public override void Run()
    {
        Task task;
        try
        {
            // A caller that gave up while the request waited does not want it done any more.
            task = IsAnswered ? _answer.Task : Invoke(Activation.GrainInstance!) ?? throw new InvalidOperationException($"{this} returned no task.");
        }
        catch (Exception exception)
        {
            task = Task.FromException(exception);
        }

        if (task.IsCompleted) Finish(task);
        else task.ContinueWith(
            static (task, request) => ((Request<T>)request!).Finish(task),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    public override void Fail(Exception exception)
    {
        _answer.TrySetException(exception);
    }

    private void Finish(Task task)
    {
        Exception? error = null;
        if (!task.IsCompletedSuccessfully)
        {
            try
            {
                task.GetAwaiter().GetResult();
            }
            catch (Exception exception)
            {
                error = exception;
            }
        }

        // The books are closed before the caller hears of it, so that what it does next finds the activation as the call left it.
        Activation.Finished(this, error);
        if (error is null) _answer.TrySetResult(task is Task<T> { Result: var result } ? result : default!);
        else _answer.TrySetException(error);
    }
}

/// <summary>The answer of a call that has none.</summary>
internal readonly struct Nothing;
