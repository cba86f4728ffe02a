using Orleans.Runtime;

namespace Splitstream.Engine.Embedded;

/// <summary>The activations of one key of a stateless worker.</summary>
internal sealed class WorkerPool(EmbeddedEngine engine, GrainId id)
{
    private readonly List<Activation> _workers = [];

    /// <summary>To an idle worker, else to a new one, else to the one with the least to do.</summary>
    public void Send(Request request)
    {
        lock (_workers)
        {
            do
            {
                var worker = _workers.MinBy(candidate => candidate.Load);
                if (worker is null || (worker.Load > 0 && _workers.Count < id.Class.MaxWorkers))
                    _workers.Add(worker = new Activation(engine, id, this, []));
                if (worker.TryAccept(request)) return;
                _workers.Remove(worker);
            }
            while (true);
        }
    }

    public void Remove(Activation ended)
    {
        lock (_workers) _workers.Remove(ended);
    }

    public Activation[] Activations()
    {
        lock (_workers) return [.. _workers];
    }
}
