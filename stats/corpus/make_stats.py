#!/usr/bin/env python3
"""Writes stats/corpus/stats.json: hard questions for the statistics engine, answered by other means than the engine's.

Most values are computed with mpmath at 50 digits, or in fractions, from the definition: an integral, a finite sum, a series whose terms
are all positive. Other programs give second opinions where they are good enough; SciPy's incomplete beta, off by 1e-9 to 8e-8 at five
million counts, is not. Nothing is random and nothing depends on the machine: the same bytes every time.

Needs python3-mpmath, python3-scipy and python3-statsmodels of Debian 12 (1.2.1, 1.10.1 and 0.13.5).

    python3 make_stats.py            write the file
    python3 make_stats.py --check    recompute every row and compare; exit status 1 and a line per difference when they differ

Of each row: "expected" or "error", the tolerances rtol and atol, where the answer comes from, and what is hard about it. "library" holds
rows for functions that no op of the runner asks for.
"""
import json
import os
import sys

import corpus_rows

TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stats.json")


def compute():
    import corpus_distributions  # noqa: F401
    import corpus_posteriors  # noqa: F401
    import corpus_tests  # noqa: F401
    import corpus_sequential  # noqa: F401
    import corpus_adjustments  # noqa: F401
    import corpus_library  # noqa: F401
    corpus_rows.section("done")
    lines = lambda rows: ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
    return ('{"about": "Written by make_stats.py beside this file; do not edit by hand.",\n"rows": [\n' + lines(corpus_rows.ROWS)
            + '\n],\n"library": [\n' + lines(corpus_rows.LIBRARY) + "\n]}\n")


def main():
    text = compute()
    if sys.argv[1:] == ["--check"]:
        with open(TARGET, encoding="utf-8") as file:
            committed = file.read().split("\n")
        differences = [f"- {old}\n+ {new}" for old, new in zip(committed, text.split("\n")) if old != new]
        if len(committed) != text.count("\n") + 1:
            differences.append(f"{len(committed)} lines are committed, {text.count(chr(10)) + 1} were computed")
        print("\n".join(differences))
        sys.exit(1 if differences else 0)
    with open(TARGET, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
