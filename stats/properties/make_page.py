#!/usr/bin/python3
"""Writes README.md and the figures beside this file from properties.json. Runs on Debian's python3-matplotlib."""
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

HERE = Path(__file__).resolve().parent
NO_SHARES = ("over that", "median", "bias", "minus P(better)")
BLUE, RED, GREY = "#2166ac", "#b2182b", "grey"

INTRODUCTION = """# Properties, simulated

Written by `make_page.py` from `properties.json`; both come from `stats/properties/run`. Every study uses the code of `src/Stats`, a random
generator of its own and seeds that were committed before it was run in full. Results stand with their 95 % Monte Carlo error; "upper
limit" is the one-sided 95 % limit of Clopper and Pearson, and it is this limit that the bound is held against. Rows without a bound are
there to be read. [docs/statistics.md](../../docs/statistics.md) says what follows from them. Short versions with the same seeds are in
`tests/Stats.Tests/Properties`.

![Certified rates against fresh experiments](certificates.png)
![Methods that may be watched all the time](anytime.png)
![Sample ratio checked every five minutes](sample_ratio.png)
"""


def is_share(figure):
    return not any(word in figure["measure"] for word in NO_SHARES)


def number(value, figure):
    if is_share(figure):
        digits = 3 if abs(value) < 0.01 else 2
        return f"{100 * value:.{digits}f} %"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.3f}"


def result(figure):
    text = number(figure["value"], figure)
    if figure["error"] > 0:
        text += f" ± {number(1.96 * figure['error'], figure)}"
    return text


def bound(figure):
    least, most = figure["least"], figure["most"]
    if least is None and most is None:
        return ""
    if least is not None and most is not None:
        return f"{number(least, figure)} to {number(most, figure)}"
    if least is not None:
        return f"at least {number(least, figure)}"
    if figure["upper"] is not None:
        return f"upper limit {number(figure['upper'], figure)}, at most {number(most, figure)}"
    return f"at most {number(most, figure)}"


def page(data):
    lines = [INTRODUCTION]
    figures = [figure for study in data.values() for figure in study["figures"]]
    bounded = [figure for figure in figures if figure["holds"] is not None]
    missed = [figure for figure in bounded if not figure["holds"]]
    lines.append(f"{len(bounded)} of {len(figures)} figures have a bound; {len(bounded) - len(missed)} keep it.\n")
    for figure in missed:
        lines.append(f"- **Missed**: {figure['setting']};\n  {figure['measure']}: {result(figure)} (asked for {bound(figure)})")
    for name, study in data.items():
        lines.append(f"\n## {study['title']}\n")
        lines.append(f"`stats/properties/run {name}`, seed {study['seed']}, {study['seconds']:.0f} s.")
        setting = None
        for figure in study["figures"]:
            if figure["setting"] != setting:
                setting = figure["setting"]
                lines.append(f"\n**{setting}**\n\n| measure | result | runs | bound | kept |\n| --- | --- | --- | --- | --- |")
            kept = {None: "", True: "yes", False: "**no**"}[figure["holds"]]
            lines.append(f"| {figure['measure']} | {result(figure)} | {figure['runs']:,} | {bound(figure)} | {kept} |")
    (HERE / "README.md").write_text("\n".join(lines) + "\n")


def save(fig, name):
    fig.tight_layout()
    fig.savefig(HERE / name, metadata={"Software": None})


def certificates(study):
    certified = [f for f in study["figures"] if f["measure"] == "certified rate"]
    fresh = [f for f in study["figures"] if f["measure"] == "rate of fresh experiments"]
    fig, axis = plt.subplots(figsize=(5.2, 4.4))
    axis.errorbar([100 * f["value"] for f in certified], [100 * f["value"] for f in fresh], fmt="o", markersize=4, color=BLUE,
                  xerr=[196 * f["error"] for f in certified], yerr=[196 * f["error"] for f in fresh])
    ends = [100 * min(f["value"] for f in fresh) / 1.2, 120 * max(f["value"] for f in fresh)]
    axis.plot(ends, ends, color=GREY, linewidth=0.8)
    axis.set(xscale="log", yscale="log", xlabel="certified, %", ylabel="fresh A/A experiments, %",
             title=f"{len(fresh)} experiments, {fresh[0]['runs']:,} runs each")
    for one in (axis.xaxis, axis.yaxis):
        one.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
        one.set_minor_formatter(matplotlib.ticker.NullFormatter())
    axis.set(xticks=[2, 5, 10, 20], yticks=[2, 5, 10, 20])
    save(fig, "certificates.png")


def anytime(study):
    rows = [f for f in study["figures"] if f["measure"].startswith("type I")][::-1]
    fig, axis = plt.subplots(figsize=(9, 5))
    axis.errorbar([100 * f["value"] for f in rows], range(len(rows)), xerr=[196 * f["error"] for f in rows], fmt="o", markersize=4,
                  color=BLUE)
    axis.axvline(5, color=GREY, linewidth=0.8, linestyle="--")
    axis.set(xlim=(0, 6), xlabel="experiments without a difference in which one is found, %", yticks=range(len(rows)))
    axis.set_yticklabels([f"{f['setting']}: {f['measure'].removeprefix('type I: ')}" for f in rows], fontsize=7)
    save(fig, "anytime.png")


def sample_ratio(study):
    rows = [f for f in study["figures"] if f["setting"].startswith("weights 1:1,") and f["setting"].endswith("nothing lost")][::-1]
    fig, axis = plt.subplots(figsize=(8, 3.4))
    colours = [BLUE if f["measure"].startswith("e-process") else RED for f in rows]
    axis.barh(range(len(rows)), [100 * f["value"] for f in rows], color=colours)
    for place, figure in enumerate(rows):
        axis.text(100 * figure["value"] + 0.5, place, f"{100 * figure['value']:.2g} %", va="center", fontsize=8)
    axis.set(xlabel="sound experiments with an alarm within 28 days, %", yticks=range(len(rows)))
    axis.set_yticklabels([f["measure"].removesuffix(": alarms") for f in rows], fontsize=8)
    save(fig, "sample_ratio.png")


def main():
    data = json.loads((HERE / "properties.json").read_text())
    plt.rcParams.update({"figure.dpi": 100, "font.size": 10, "axes.spines.top": False, "axes.spines.right": False})
    page(data)
    for name, draw in (("certificates", certificates), ("anytime", anytime), ("sample_ratio", sample_ratio)):
        if name in data:
            draw(data[name])


if __name__ == "__main__":
    main()
