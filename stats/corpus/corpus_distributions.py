"""Rows of the distribution ops."""
import math

from corpus_rows import Q, refusal, row, section
from corpus_special import (
    beta_quantile, beta_tail, chi2_quantile, chi2_tail, f, normal_quantile, normal_upper, t_quantile, t_upper)

import mpmath as mp

section("normal")
for x in [0.0, 1e-10, 1.0, 2.4999, 2.5001, 4.5, 8.0]:
    for tail in ("lower", "upper"):
        for s in (x, -x) if x else (x,):
            v = normal_upper(s if tail == "upper" else -s)
            row("normal_cdf", {"x": s, "tail": tail}, f(v), 1e-14 if v > 0.1 else 1e-12, Q + "erfc/2")
for x in [10.0, 22.3, 37.0]:
    row("normal_cdf", {"x": x, "tail": "upper"}, f(normal_upper(x)), 1e-11, Q + "erfc/2", note="a tail down to 1e-300")
    row("normal_cdf", {"x": -x, "tail": "lower"}, f(normal_upper(x)), 1e-11, Q + "erfc/2", note="a tail down to 1e-300")
row("normal_cdf", {"x": 1e9, "tail": "upper"}, 0.0, 1e-12, Q + "erfc/2", note="underflow is an answer")

for p in [1e-300, 1e-100, 1e-16, 1e-12, 0.001, 0.0749, 0.0751, 0.499999, 0.5, 0.9999, 1 - 1e-12]:
    for tail in ("lower", "upper"):
        row("normal_ppf", {"p": p, "tail": tail}, f(normal_quantile(p, tail)), 1e-11, Q + "Newton on erfc", 1e-15)

section("beta tails")
SMALL = [(0.5, 0.5, 0.1), (0.5, 0.5, 1e-12), (0.01, 3.0, 0.2), (0.01, 3.0, 1e-30), (1.0, 26.0, 0.4), (3.0, 9.0, 0.999),
         (30.0, 0.5, 0.02), (2.5, 0.3, 0.999999)]
for a, b, x in SMALL:
    for tail in ("lower", "upper"):
        v = beta_tail(a, b, x, tail)
        row("beta_cdf", {"alpha": a, "beta": b, "x": x, "tail": tail}, f(v), 1e-10 if v > 1e-40 else 1e-9, Q + "DLMF 8.17.8")
for x, tail, expected in [(0.0, "lower", 0.0), (0.0, "upper", 1.0), (1.0, "lower", 1.0), (1.0, "upper", 0.0)]:
    row("beta_cdf", {"alpha": 2.5, "beta": 7.0, "x": x, "tail": tail}, expected, 1e-10, "definition", note="an end of the interval")
BIG = [(640.0, 7360.0), (8503.0, 36199.0), (500000.0, 4500000.0), (2500000.0, 2500000.0), (1.0, 5000000.0), (0.5, 5000000.0),
       (5000000.5, 3.5)]
for a, b in BIG:
    for z in (-30, -7, 0.01, 5, 30):
        m = a / (a + b)
        x = m + z * math.sqrt(m * (1 - m) / (a + b + 1))
        if not 0 < x < 1:
            continue
        tail = "lower" if z < 0 else "upper"
        v = beta_tail(a, b, x, tail)
        if v < 1e-300:
            continue
        rtol = 1e-7 if max(a, b) > 1e5 else 1e-9 if v < 1e-40 else 1e-10
        row("beta_cdf", {"alpha": a, "beta": b, "x": x, "tail": tail}, f(v), rtol, Q + "DLMF 8.17.8", note=f"{z} standard deviations out")

section("beta quantiles")
for a, b in [(0.5, 0.5), (1.0, 26.0), (640.0, 7360.0), (500000.0, 4500000.0), (5000000.0, 3.0)]:
    for p, tail in [(1e-12, "lower"), (1e-12, "upper"), (0.025, "lower"), (0.025, "upper"), (0.5, "lower"), (1 - 1e-12, "lower")]:
        row("beta_quantile", {"alpha": a, "beta": b, "p": p, "tail": tail}, f(beta_quantile(a, b, p, tail)),
            1e-8 if min(p, 1 - p) < 1e-9 else 1e-9, Q + "Newton on DLMF 8.17.8")
row("beta_quantile", {"alpha": 0.5, "beta": 5000000.0, "p": 0.5, "tail": "upper"}, f(beta_quantile(0.5, 5e6, 0.5, "upper")), 1e-9,
    Q + "Newton on DLMF 8.17.8")

section("t")
for df in (0.5, 1.0, 12.0, 130.25):
    for t in (1e-6, 2.0, 9.0, 1e5):
        v = t_upper(t, df)
        if v > 1e-300:
            row("t_cdf", {"t": t, "df": df, "tail": "upper"}, f(v), 1e-10, Q + "DLMF 8.17.8")
            row("t_cdf", {"t": -t, "df": df, "tail": "upper"}, f(1 - v), 1e-10, Q + "DLMF 8.17.8")
for df, t in [(5000.0, 36.0), (58595.48142, 2.0), (999999.0, 9.0), (1000000.0, 9.0), (1000000.0, 36.0), (1e9, 36.0)]:
    row("t_cdf", {"t": -t, "df": df, "tail": "lower"}, f(t_upper(t, df)), 1e-10, Q + "integral of the density",
        note="close to normal, but not equal to it")
for df in (0.5, 1.0, 7.5, 130.25):
    for p in (1e-12, 0.01, 0.2500001, 0.975):
        row("t_ppf", {"p": p, "df": df, "tail": "upper"}, f(t_quantile(p, df, "upper")), 1e-9, Q + "Newton on DLMF 8.17.8", 1e-14)
row("t_ppf", {"p": 0.5, "df": 3.0, "tail": "lower"}, 0.0, 1e-9, "symmetry", 1e-14)

section("chi-square")
for df in (0.02, 0.5, 2.0, 5.0, 100.0):
    for x in (1e-8 * df, 0.98 * df, 3 * df + 10, 60 * df + 700):
        for tail in ("lower", "upper"):
            v = chi2_tail(x, df, tail)
            if 1e-300 < v < 1:
                row("chi2_cdf", {"x": x, "df": df, "tail": tail}, f(v), 1e-10, Q + "gammainc")
for df, x, tail in [(10000.0, 9800.0, "lower"), (10000.0, 10500.0, "upper"), (1000000.0, 1000000.0, "lower"), (1000000.0, 1008000.0, "upper")]:
    row("chi2_cdf", {"x": x, "df": df, "tail": tail}, f(chi2_tail(x, df, tail)), 1e-10, Q + "DLMF 8.7.1")
row("chi2_cdf", {"x": 0.0, "df": 3.0, "tail": "lower"}, 0.0, 1e-10, "definition")
row("chi2_cdf", {"x": 0, "df": 3, "tail": "upper"}, 1.0, 1e-10, "definition")
for df in (0.5, 1.0, 6.0, 250.0):
    for p, tail in [(1e-12, "lower"), (1e-12, "upper"), (0.5, "lower"), (0.001, "upper")]:
        row("chi2_ppf", {"p": p, "df": df, "tail": tail}, f(chi2_quantile(p, df, tail)), 1e-9, Q + "Newton on gammainc")

section("refused distributions")
for op, good, bad in [
        ("beta_cdf", {"alpha": 3, "beta": 9, "x": 0.2, "tail": "lower"}, [("x", 1.0000000000000002), ("x", -1e-300), ("alpha", 0), ("tail", "Lower")]),
        ("beta_quantile", {"alpha": 3, "beta": 9, "p": 0.2, "tail": "lower"}, [("p", 0), ("p", 1), ("beta", -1), ("tail", None)]),
        ("normal_cdf", {"x": 1.25, "tail": "lower"}, [("x", "1.25"), ("x", None), ("x", True), ("tail", "both")]),
        ("normal_ppf", {"p": 0.9, "tail": "lower"}, [("p", 0), ("p", 1.0), ("p", [0.9]), ("tail", "")]),
        ("t_cdf", {"t": 1.75, "df": 12, "tail": "upper"}, [("df", 0), ("df", -1), ("t", "Infinity")]),
        ("t_ppf", {"p": 0.95, "df": 12, "tail": "lower"}, [("p", 1), ("df", 0)]),
        ("chi2_cdf", {"x": 6.5, "df": 2, "tail": "upper"}, [("x", -1e-9), ("df", 0), ("tail", 1)]),
        ("chi2_ppf", {"p": 0.99, "df": 2, "tail": "lower"}, [("p", 0), ("df", None)])]:
    for field, value in bad:
        refusal(op, {**good, field: value}, "invalid_input", f"{field} is out of range or of the wrong type")
refusal("t_ppf", {"p": 1e-300, "df": 0.001, "tail": "upper"}, "undefined_result", "beyond the largest double")
