using Orleans.Runtime;

namespace Splitstream.Engine.Embedded;

/// <summary>The activations of one key of a stateless worker.</summary>
internal sealed class WorkerPool(EmbeddedEngine engine, GrainId id)
{
    private readonly List<Activation> workers = [];

    /// <summary>To an idle worker, else to a new one, else to the one with the least to do.</summary>
    public void Send(Request request)
    {
        lock (workers)
        {
            do
            {
                var worker = workers.MinBy(candidate => candidate.Load);
                if (worker is null || (worker.Load > 0 && workers.Count < id.Class.MaxWorkers))
                    workers.Add(worker = new Activation(engine, id, this, []));
                if (worker.TryAccept(request)) return;
                workers.Remove(worker);
            }
            while (true);
        }
    }

    public void Remove(Activation ended)
    {
        lock (workers) workers.Remove(ended);
    }

    public Activation[] Activations()
    {
        lock (workers) return [.. workers];
    }
}
