#!/usr/bin/python3
"""How often a posterior rule acts although nothing differs: the seed grid again, in numpy, and what it depends on.

Runs on Debian's python3-numpy, python3-scipy and python3-matplotlib; nothing of the program is used. Writes 00_calibration.json and the
figures 00_*.png beside this file, and fails when a cell differs from stats/calibration_results.json by more than chance allows.

    ./00_calibration.py                everything (about ten minutes on one core)
    ./00_calibration.py --grid         the 36 cells only, prints the seconds they took; what bench/run compares with
    ./00_calibration.py --figures      the figures again, from 00_calibration.json
"""
import json
import sys
import time
from math import sqrt
from pathlib import Path

import numpy as np
from scipy import stats

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "calibration_results.json"
OUTPUT = HERE / "00_calibration.json"

# Fixed before anything was compared.
SEED_GRID, SEED_SHARED, SEED_GROWTH = 20261122, 20261123, 20261124

THRESHOLDS = [0.95, 0.99, 0.995, 0.999]
MINIMA = [1_000, 5_000, 20_000]
CADENCES = [15, 60, 240]
RATE, UNITS_PER_DAY, DAYS, RUNS = 0.1, 4_000, 28, 10_000
CHUNK = 500

# Two-sided normal quantile at which 36 independent differences all lie inside with 99 %.
JOINT = float(stats.norm.ppf(1 - (1 - 0.99 ** (1 / 36)) / 2))


def units_at(cadence, days=DAYS, per_day=UNITS_PER_DAY):
    """Units per variant at each look."""
    looks = np.arange(1, days * 1440 // cadence + 1)
    return (per_day * looks * cadence) // (2 * 1440)


def deviates(rng, runs, units, rate=RATE):
    """|z| of the posterior difference at each look: shape (runs, looks). Priors Beta(1, 1), normal difference."""
    new = np.diff(units, prepend=0)
    a = np.cumsum(rng.binomial(new, rate, (runs, len(units))), axis=1, dtype=np.int32)
    b = np.cumsum(rng.binomial(new, rate, (runs, len(units))), axis=1, dtype=np.int32)
    pa, pb = (a + 1) / (units + 2), (b + 1) / (units + 2)
    variance = (pa * (1 - pa) + pb * (1 - pb)) / (units + 3)
    return np.abs(pb - pa) / np.sqrt(variance)


def false_positives(rng, runs, threshold, minimum, cadence, days=DAYS, per_day=UNITS_PER_DAY):
    """Runs that ended although both variants convert alike."""
    units = units_at(cadence, days, per_day)
    counted = units >= minimum
    bound, hits = stats.norm.ppf(threshold), 0
    for done in range(0, runs, CHUNK):
        z = deviates(rng, min(CHUNK, runs - done), units)
        hits += int(np.any(z[:, counted] > bound, axis=1).sum())
    return hits


def limits(hits, runs):
    """Clopper-Pearson, 95 %."""
    return (
        0.0 if hits == 0 else float(stats.beta.ppf(0.025, hits, runs - hits + 1)),
        1.0 if hits == runs else float(stats.beta.ppf(0.975, hits + 1, runs - hits)),
    )


def grid():
    """Every cell with random numbers of its own."""
    seeds = iter(np.random.SeedSequence(SEED_GRID).spawn(36))
    cells = []
    for threshold in THRESHOLDS:
        for minimum in MINIMA:
            for cadence in CADENCES:
                hits = false_positives(np.random.default_rng(next(seeds)), RUNS, threshold, minimum, cadence)
                lower, upper = limits(hits, RUNS)
                cells.append(dict(threshold=threshold, minSample=minimum, cadenceMinutes=cadence, runs=RUNS,
                                  falsePositives=hits, rate=hits / RUNS, lower=lower, upper=upper))
    return cells


def shared(runs=200_000):
    """All cells on the same paths of a look every 15 minutes: small differences between cells show."""
    rng = np.random.default_rng(SEED_SHARED)
    units = units_at(15)
    hits = np.zeros((len(THRESHOLDS), len(MINIMA), len(CADENCES)), dtype=np.int64)
    for _ in range(0, runs, CHUNK):
        z = deviates(rng, CHUNK, units)
        for j, minimum in enumerate(MINIMA):
            for k, cadence in enumerate(CADENCES):
                step = cadence // 15
                counted = units[step - 1::step] >= minimum
                highest = z[:, step - 1::step][:, counted].max(axis=1)
                for i, threshold in enumerate(THRESHOLDS):
                    hits[i, j, k] += int((highest > stats.norm.ppf(threshold)).sum())
    return [dict(threshold=t, minSample=m, cadenceMinutes=c, runs=runs, falsePositives=int(hits[i, j, k]), rate=float(hits[i, j, k] / runs))
            for i, t in enumerate(THRESHOLDS) for j, m in enumerate(MINIMA) for k, c in enumerate(CADENCES)]


def growth(runs=20_000):
    """The default rule at other horizons and traffic: what counts is how far the sample grows beyond the minimum."""
    rows = []
    settings = [(4_000, 14), (4_000, 21), (4_000, 28), (4_000, 42), (4_000, 60), (4_000, 90),
                (10_000, 28), (20_000, 28), (50_000, 28), (100_000, 28)]
    for seed, (per_day, days) in zip(np.random.SeedSequence(SEED_GROWTH).spawn(len(settings)), settings):
        hits = false_positives(np.random.default_rng(seed), runs, 0.995, 20_000, 240, days, per_day)
        lower, upper = limits(hits, runs)
        rows.append(dict(unitsPerDay=per_day, days=days, ratio=per_day * days / 2 / 20_000, runs=runs, falsePositives=hits,
                         rate=hits / runs, lower=lower, upper=upper))
    return rows


def compare(cells):
    """Differences from the program's cells in standard errors of a difference."""
    theirs = json.loads(RESULTS.read_text())["cells"]
    rows = []
    for own, other in zip(cells, theirs):
        assert all(own[key] == other[key] for key in ("threshold", "minSample", "cadenceMinutes"))
        error = sqrt(sum(c["rate"] * (1 - c["rate"]) / c["runs"] for c in (own, other)))
        rows.append((own["rate"] - other["rate"]) / error)
    return rows


def figures(data):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update({"figure.dpi": 110, "font.size": 10, "axes.spines.top": False, "axes.spines.right": False})
    theirs = json.loads(RESULTS.read_text())["cells"]

    fig, axes = plt.subplots(1, 3, figsize=(11, 3.8), sharey=True)
    for axis, cadence in zip(axes, CADENCES):
        for minimum, colour in zip(MINIMA, ("#b2182b", "#ef8a62", "#2166ac")):
            own = [c for c in theirs if c["cadenceMinutes"] == cadence and c["minSample"] == minimum]
            axis.errorbar(range(4), [100 * c["rate"] for c in own],
                          yerr=[[100 * (c["rate"] - c["lower"]) for c in own], [100 * (c["upper"] - c["rate"]) for c in own]],
                          marker="o", capsize=3, color=colour, label=f"{minimum:,} per variant")
        axis.axhline(5, color="grey", linewidth=0.8, linestyle="--")
        axis.set(title=f"a look every {cadence} min", xticks=range(4), xticklabels=THRESHOLDS, xlabel="threshold", yscale="log",
                 yticks=[1, 2, 5, 10, 20, 50], yticklabels=["1 %", "2 %", "5 %", "10 %", "20 %", "50 %"])
    axes[0].set_ylabel("experiments that end falsely")
    axes[2].legend(frameon=False)
    fig.tight_layout()
    fig.savefig(HERE / "00_false_positives.png", metadata={"Software": None})

    fig, axis = plt.subplots(figsize=(5.2, 4.6))
    axis.errorbar([100 * c["rate"] for c in theirs], [100 * c["rate"] for c in data["grid"]], fmt="o", markersize=4, color="#2166ac",
                  xerr=[[100 * (c["rate"] - c["lower"]) for c in theirs], [100 * (c["upper"] - c["rate"]) for c in theirs]],
                  yerr=[[100 * (c["rate"] - c["lower"]) for c in data["grid"]], [100 * (c["upper"] - c["rate"]) for c in data["grid"]]])
    axis.plot([1, 70], [1, 70], color="grey", linewidth=0.8)
    axis.set(xscale="log", yscale="log", xlabel="splitstream calibrate, %", ylabel="numpy, %",
             title=f"36 cells; largest difference {max(abs(z) for z in data['differences']):.2f} standard errors")
    fig.tight_layout()
    fig.savefig(HERE / "00_against_numpy.png", metadata={"Software": None})

    fig, axis = plt.subplots(figsize=(6.2, 4))
    rows = sorted(data["growth"], key=lambda row: row["ratio"])
    axis.errorbar([r["ratio"] for r in rows], [100 * r["rate"] for r in rows],
                  yerr=[[100 * (r["rate"] - r["lower"]) for r in rows], [100 * (r["upper"] - r["rate"]) for r in rows]],
                  fmt="o", capsize=3, color="#2166ac", label="simulated, 0.995 / 20,000 / 240 min")
    ratio = np.geomspace(1.4, 70, 100)
    b = stats.norm.ppf(0.995)
    axis.plot(ratio, 100 * stats.norm.pdf(b) * ((b - 1 / b) * np.log(ratio) + 4 / b), color="grey", linewidth=1,
              label="watched without a pause, approximately")
    axis.axhline(5, color="grey", linewidth=0.8, linestyle="--")
    axis.set(xscale="log", xticks=[1.4, 2.8, 7, 14, 35, 70], xticklabels=["1.4", "2.8", "7", "14", "35", "70"],
             xlabel="largest sample / minimum sample", ylabel="experiments that end falsely, %")
    axis.legend(frameon=False)
    fig.tight_layout()
    fig.savefig(HERE / "00_growth.png", metadata={"Software": None})


def main():
    if "--figures" in sys.argv:
        figures(json.loads(OUTPUT.read_text()))
        return
    started = time.perf_counter()
    cells = grid()
    seconds = time.perf_counter() - started
    if "--grid" in sys.argv:
        print(json.dumps(dict(seconds=seconds, experiments=36 * RUNS)))
        return
    differences = compare(cells)
    data = dict(
        about="numpy's own runs of the seed grid; see 00_calibration.py",
        versions=dict(numpy=np.__version__),
        seeds=dict(grid=SEED_GRID, shared=SEED_SHARED, growth=SEED_GROWTH),
        joint=JOINT,
        grid=cells,
        differences=differences,
        shared=shared(),
        growth=growth(),
    )
    OUTPUT.write_text(json.dumps(data, indent=1) + "\n")
    figures(data)
    worst = max(differences, key=abs)
    print(f"36 cells in {seconds:.0f} s; largest difference {worst:.2f} standard errors, {JOINT:.2f} allowed")
    if abs(worst) > JOINT:
        sys.exit("A cell differs from stats/calibration_results.json by more than chance allows.")


if __name__ == "__main__":
    main()
