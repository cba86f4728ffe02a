"""The lists that the parts of make_stats.py fill. Everything is computed at 50 digits unless a part says otherwise."""
import sys
import time

import mpmath as mp

DIGITS = 50
mp.mp.dps = DIGITS
EXACT = "Python 3.11 fractions"
Q = "mpmath 1.2.1, 50 digits: "

ROWS = []
LIBRARY = []
START = time.monotonic()


def row(op, inputs, expected, rtol, source, atol=0.0, note=""):
    """A question with its answer."""
    _add(ROWS, {"op": op, "input": inputs, "expected": expected, "rtol": rtol, "atol": atol, "source": source, "note": note})


def refusal(op, inputs, error, note):
    """A question that is refused with a code."""
    _add(ROWS, {"op": op, "input": inputs, "error": error, "rtol": 0.0, "atol": 0.0, "source": "the contract's rule", "note": note})


def library(op, inputs, expected, rtol, source, atol=0.0, note=""):
    """A function of the library that no op of the runner asks for."""
    _add(LIBRARY, {"op": op, "input": inputs, "expected": expected, "rtol": rtol, "atol": atol, "source": source, "note": note})


def _add(rows, content):
    number = 1 + sum(r["op"] == content["op"] for r in rows)
    rows.append({"id": f"{content['op']}-c{number}", **content})


def section(name):
    print(f"{time.monotonic() - START:6.1f} s  {len(ROWS):4} rows  {name}", file=sys.stderr, flush=True)
