#!/usr/bin/env python3
"""Writes stats-core.json: hard questions for the statistics engine, answered by other means than the engine's.

Every value is computed with mpmath at 50 digits from the definition (an integral, a finite sum, exact fractions), never by the
engine's own expansions; SciPy only supplies starting points. Needs python3-mpmath and python3-scipy (Debian 12: 1.2.1 and 1.10.1).
SciPy is not an oracle here: its incomplete beta is off by 1e-9 to 8e-8 at five million counts.

    python3 make_stats_core.py > stats-core.json
"""
import json
import sys
from fractions import Fraction

import mpmath as mp

from core_distributions import log_kernel, normal_upper
from core_rows import Q, ROWS, f, note, row


# ---- posteriors ----------------------------------------------------------------------------------------------------------------


def p_b_above_a(aa, ba, ab, bb):
    """Miller's finite sum over i < alphaB, exact terms at 50 digits (integer alphaB)."""
    logb = lambda p, q: mp.loggamma(p) + mp.loggamma(q) - mp.loggamma(p + q)
    aa, ba, ab, bb = (mp.mpf(v) for v in (aa, ba, ab, bb))
    term = mp.exp(logb(aa, ba + bb) - logb(aa, ba))
    total = mp.mpf(0)
    # term_i = B(aA+i, bA+bB) / ((bB+i) B(1+i, bB) B(aA, bA)) by the ratio of successive terms.
    for i in range(int(ab)):
        total += term
        term *= (aa + i) / (aa + ba + bb + i) * (bb + i) / (1 + i)
    return total


def both(aa, ba, ab, bb):
    v = p_b_above_a(aa, ba, ab, bb)
    w = p_b_above_a(ab, bb, aa, ba)
    assert abs(v + w - 1) < mp.mpf(10) ** -30
    return v, w


MILLER = Q + "Miller's sum, every term"
for aa, ba, ab, bb in [(1, 1, 1, 1), (1, 26, 2, 25), (1, 1000001, 2, 1000000), (43, 324, 43, 324), (43, 324, 90, 277), (2, 5000, 60, 4942),
                       (500, 4500, 900, 4100), (8503, 36199, 8280, 37211), (20001, 180001, 20501, 179501), (50, 950, 20001, 380001)]:
    v, w = both(aa, ba, ab, bb)
    inputs = {"alphaA": float(aa), "betaA": float(ba), "alphaB": float(ab), "betaB": float(bb)}
    tiny = min(v, w) < 1e-12
    row("prob_b_gt_a", inputs, {"p_b_gt_a": f(v), "p_a_gt_b": f(w)}, 1e-8 if tiny else 1e-9, MILLER, 0.0 if tiny else 1e-12)
    aa, ba, ab, bb = (mp.mpf(z) for z in (aa, ba, ab, bb))
    loss = aa / (aa + ba) * p_b_above_a(ab, bb, aa + 1, ba) - ab / (ab + bb) * p_b_above_a(ab + 1, bb, aa, ba)
    row("expected_loss", inputs, {"loss_choose_b": f(loss), "loss_choose_a": f(loss + ab / (ab + bb) - aa / (aa + ba))},
        1e-8, Q + "Stucchio's closed form over Miller's sum", 1e-13)
v, w = both(500000, 4500000, 501000, 4499000)
row("prob_b_gt_a", {"alphaA": 500000.0, "betaA": 4500000.0, "alphaB": 501000.0, "betaB": 4499000.0},
    {"p_b_gt_a": f(v), "p_a_gt_b": f(w)}, 1e-8, MILLER, 1e-12)
v, w = both(500000, 4500000, 510000, 4490000)
row("prob_b_gt_a", {"alphaA": 500000.0, "betaA": 4500000.0, "alphaB": 510000.0, "betaB": 4490000.0},
    {"p_b_gt_a": f(v), "p_a_gt_b": f(w)}, 1e-7, MILLER)


note("quadratures")
def expect(a, b, g):
    """E[g(u)] over the logit of Beta(a, b), panels of one standard deviation around the mean and beyond."""
    s = mp.sqrt(1 / mp.mpf(a) + 1 / mp.mpf(b))
    m = mp.log(mp.mpf(a) / b)
    left, right = max(45, 60 / (a * f(s))), max(45, 60 / (b * f(s)))
    points = [m + s * k for k in [-left, -left / 2, -15, -9, -6, -4, -2, -1, 0, 1, 2, 4, 6, 9, 15, right / 2, right]]
    return mp.quad(lambda u: mp.exp(log_kernel(mp.mpf(a), mp.mpf(b), u)) * g(u), sorted(points))


def logistic(u):
    return 1 / (1 + mp.exp(-u))


mp.mp.dps = 25
for aa, ba, ab, bb in [(0.5, 0.5, 0.5, 0.5), (0.5, 25.5, 2.5, 23.5), (8.5, 60.5, 30.25, 38.75), (0.25, 3.0, 6.5, 0.75)]:
    v = expect(ab, bb, lambda u: mp.betainc(aa, ba, 0, logistic(u), regularized=True))
    row("prob_b_gt_a", {"alphaA": aa, "betaA": ba, "alphaB": ab, "betaB": bb}, {"p_b_gt_a": f(v), "p_a_gt_b": f(1 - v)}, 1e-8,
        "mpmath 1.2.1, 25 digits: integral of f_B F_A", 1e-11)


note("difference")
def difference_cdf(aa, ba, ab, bb, d):
    def inner(x):
        z = x + d
        return mp.mpf(0) if z <= 0 else mp.mpf(1) if z >= 1 else mp.betainc(ab, bb, 0, z, regularized=True)
    m, s = mp.mpf(aa) / (aa + ba), mp.sqrt(mp.mpf(aa) * ba / (mp.mpf(aa + ba) ** 2 * (aa + ba + 1)))
    points = {mp.mpf(0), mp.mpf(1)} | {m + k * s for k in (-20, -10, -6, -3, -1, 1, 3, 6, 10, 20)} | {-mp.mpf(d), 1 - mp.mpf(d)}
    points = sorted(p for p in points if 0 <= p <= 1)
    logb = mp.loggamma(aa) + mp.loggamma(ba) - mp.loggamma(aa + ba)
    density = lambda x: mp.exp((aa - 1) * mp.log(x) + (ba - 1) * mp.log1p(-x) - logb) if 0 < x < 1 else mp.mpf(0)
    return mp.quad(lambda x: density(x) * inner(x), points)


mp.mp.dps = 20
for aa, ba, ab, bb, level in [(2, 5, 3, 4, 0.95), (1, 1, 1, 1, 0.95), (43, 324, 60, 307, 0.95), (1, 26, 3, 24, 0.99)]:
    ends = []
    for p in ((1 - mp.mpf(level)) / 2, (1 + mp.mpf(level)) / 2):
        # Regula falsi, Illinois variant, kept inside its bracket.
        lo, hi = mp.mpf(-1), mp.mpf(1)
        g_lo, g_hi = -p, 1 - p
        for _ in range(60):
            d = (lo * g_hi - hi * g_lo) / (g_hi - g_lo)
            g = difference_cdf(aa, ba, ab, bb, d) - p
            if abs(g) < mp.mpf(10) ** -13 * p:
                break
            if (g > 0) == (g_hi > 0):
                hi, g_hi, g_lo = d, g, g_lo / 2
            else:
                lo, g_lo, g_hi = d, g, g_hi / 2
        ends.append(f(d))
    row("beta_difference_interval", {"alphaA": float(aa), "betaA": float(ba), "alphaB": float(ab), "betaB": float(bb), "level": level}, ends,
        1e-7, "mpmath 1.2.1, 20 digits: quadrature and root finding in the rate itself")


note("best")
def beta_best(variants):
    best, loss = [], []
    for i, (a, b) in enumerate(variants):
        others = [v for j, v in enumerate(variants) if j != i]
        cdf = lambda v, u: mp.betainc(v[0], v[1], 0, logistic(u), regularized=True)
        best.append(f(expect(a, b, lambda u: mp.fprod(cdf(v, u) for v in others))))
    points = [mp.mpf(k) / 20 for k in range(21)]
    top = mp.quad(lambda x: 1 - mp.fprod(mp.betainc(a, b, 0, x, regularized=True) for a, b in variants), points)
    return {"p_best": best, "loss": [f(top - mp.mpf(a) / (a + b)) for a, b in variants]}


for variants in [[(2, 5), (3, 4), (4, 3)], [(43, 324), (50, 317), (43, 324), (30, 337)], [(1.5, 3.5), (200, 300)]]:
    row("beta_best_of", {"variants": [[float(a), float(b)] for a, b in variants]}, beta_best(variants), 1e-9,
        "mpmath 1.2.1, 20 digits: integrals of f_i prod F_j and 1 - prod F_j", 1e-12)

for variants in [[(0.0, 1.0), (0.0, 1.0), (0.0, 1.0)], [(52.456, 1.214), (51.299, 0.484)], [(0.0, 0.001), (0.001, 0.002), (0.3, 0.5), (-0.2, 0.1)]]:
    cdf = lambda v, x: mp.erfc(-(x - mp.mpf(v[0])) / (mp.mpf(v[1]) * mp.sqrt(2))) / 2
    best = []
    points = sorted({mp.mpf(m) + k * mp.mpf(s) for m, s in variants for k in (-14, -8, -5, -3, -2, -1, 0, 1, 2, 3, 5, 8, 14)})
    for i, (m, s) in enumerate(variants):
        others = [v for j, v in enumerate(variants) if j != i]
        best.append(f(mp.quad(lambda x: mp.exp(-((x - m) / mp.mpf(s)) ** 2 / 2) / (s * mp.sqrt(2 * mp.pi)) * mp.fprod(
            cdf(v, x) for v in others), points)))
    # E[max] = c + integral above c of P(max > x) - integral below c of P(max <= x)
    c = mp.mpf(variants[0][0])
    product = lambda x: mp.fprod(cdf(v, x) for v in variants)
    top = c + mp.quad(lambda x: 1 - product(x), [p for p in points if p >= c]) - mp.quad(product, [p for p in points if p <= c])
    row("normal_best_of", {"variants": [list(v) for v in variants]}, {"p_best": best, "loss": [f(top - m) for m, _ in variants]}, 1e-9,
        "mpmath 1.2.1, 20 digits: integrals of f_i prod F_j and of P(max > x)", 1e-12)

mp.mp.dps = 50
for m, v, e, s in [(0.0, 1.0, 8.0, 0.5), (0.0, 1e-4, -0.02, 0.0005), (1.0, 4.0, 1.5, 0.04), (0.0, 1e6, 0.001, 0.002)]:
    pm, pv, est, se = (mp.mpf(z) for z in (m, v, e, s))
    w = 1 / pv + 1 / se ** 2
    mean, sd = (pm / pv + est / se ** 2) / w, 1 / mp.sqrt(w)
    z = mean / sd
    q = mp.sqrt(2) * mp.erfinv(mp.mpf("0.95"))
    row("normal_posterior", {"prior_mean": m, "prior_variance": v, "estimate": e, "se": s},
        {"mean": f(mean), "sd": f(sd), "p_gt_0": f(normal_upper(-z)), "ci95": [f(mean - q * sd), f(mean + q * sd)],
         "risk_ship": f(sd * mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi) - mean * normal_upper(z))}, 1e-10, Q + "definition", 1e-15)

note("tests")
# ---- tests ---------------------------------------------------------------------------------------------------------------------

for x1, n1, x2, n2 in [(500000, 5000000, 502000, 5000000), (0, 1000, 1, 1000), (1, 5000000, 30, 5000000), (250, 250, 249, 250),
                       (500000, 5000000, 540000, 5000000), (1, 1, 0, 1), (300, 1000, 300, 1000)]:
    a, n, b, k = (mp.mpf(z) for z in (x1, n1, x2, n2))
    p = (a + b) / (n + k)
    z = (b / k - a / n) / mp.sqrt(p * (1 - p) * (1 / n + 1 / k))
    q = mp.sqrt(2) * mp.erfinv(mp.mpf("0.95"))
    half = q * mp.sqrt(a / n * (1 - a / n) / n + b / k * (1 - b / k) / k)
    wilson = lambda x, m: [f(max(0, (x + q * q / 2 - q * mp.sqrt(x * (m - x) / m + q * q / 4)) / (m + q * q))),
                           f(min(1, (x + q * q / 2 + q * mp.sqrt(x * (m - x) / m + q * q / 4)) / (m + q * q)))]
    row("two_prop_z", {"x1": x1, "n1": n1, "x2": x2, "n2": n2},
        {"z": f(z), "p": f(2 * normal_upper(abs(z))), "ci95": [f(b / k - a / n - half), f(b / k - a / n + half)],
         "wilson95_1": wilson(a, n), "wilson95_2": wilson(b, k)}, 1e-9, Q + "definition", 1e-15)

for table in ([[0, 10], [5, 5]], [[500000, 4500000], [501500, 4498500]], [[1, 4999999], [40, 4999960]]):
    for yates in (False, True):
        (a, b), (c, d) = table
        n = a + b + c + d
        stat = mp.mpf(0)
        for o, r, k in ((a, a + b, a + c), (b, a + b, b + d), (c, c + d, a + c), (d, c + d, b + d)):
            e = mp.mpf(r) * k / n
            stat += (abs(o - e) - (min(mp.mpf("0.5"), abs(o - e)) if yates else 0)) ** 2 / e
        row("chi2_2x2", {"table": table, "yates": yates}, {"statistic": f(stat), "p": f(mp.erfc(mp.sqrt(stat / 2)))}, 1e-9,
            Q + "definition", 1e-13)

for observed, weights in [([2500000, 2505000], [1, 1]), ([900000, 99000, 1000], [0.9, 0.1, 0.001]), ([5000000, 0], [999999, 1]),
                          ([10, 10], [1, 1]), ([100000, 101900, 99000, 100500], [1, 1, 1, 1]), ([44700, 45489], [1, 1])]:
    total, ws = sum(observed), mp.fsum(mp.mpf(w) for w in weights)
    stat = mp.fsum((o - total * mp.mpf(w) / ws) ** 2 / (total * mp.mpf(w) / ws) for o, w in zip(observed, weights))
    df = len(weights) - 1
    v = mp.gammainc(mp.mpf(df) / 2, stat / 2, mp.inf, regularized=True)
    row("srm_chi2", {"observed": observed, "weights": weights},
        {"statistic": f(stat), "df": df, "p": f(v), "log10_p": f(mp.log10(v))}, 1e-9, Q + "gammainc", 1e-300)

for weights, k, increments in [([1, 1], 100, [[500000, 501000], [500000, 502500], [0, 0], [1000, 0]]), ([0.5, 0.3, 0.2], 1000, [[5, 3, 2], [52000, 29000, 19800]]),
                               ([98, 1, 1], 0.5, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [97, 1, 1]]), ([1, 1], 100, [[2500000, 2600000]])]:
    theta = [mp.mpf(w) / mp.fsum(mp.mpf(z) for z in weights) for w in weights]
    x, logs, ps, top = [0] * len(weights), [], [], mp.mpf(0)
    for batch in increments:
        x = [u + v for u, v in zip(x, batch)]
        log_b = lambda v: mp.fsum(mp.loggamma(z) for z in v) - mp.loggamma(mp.fsum(v))
        bf = log_b([k * t + c for t, c in zip(theta, x)]) - log_b([k * t for t in theta]) - mp.fsum(c * mp.log(t) for c, t in zip(x, theta))
        top = max(top, bf)
        logs.append(f(bf))
        ps.append(f(mp.exp(-top)))
    row("multinomial_srm_eprocess", {"weights": weights, "concentration": k, "increments": increments}, {"log_bf": logs, "p": ps}, 1e-8,
        Q + "log-gammas of the definition", 1e-8)

for s, n, a, b, p0, alpha in [(500000, 5000000, 1.0, 1.0, 0.1, 0.05), (500000, 5000000, 10.0, 90.0, 0.101, 0.05), (10, 10, 1.0, 1.0, 0.5, 0.05),
                              (1, 100000, 0.5, 0.5, 1e-4, 0.01)]:
    log_b = lambda p, q: mp.loggamma(p) + mp.loggamma(q) - mp.loggamma(p + q)
    log_e = lambda p: log_b(mp.mpf(a) + s, mp.mpf(b) + n - s) - log_b(mp.mpf(a), mp.mpf(b)) - s * mp.log(p) - (n - s) * mp.log1p(-p)
    rate, threshold, ends = mp.mpf(s) / n, -mp.log(mp.mpf(alpha)), []
    for side, missing in ((0, s == 0), (1, s == n)):
        lo, hi = (mp.mpf(10) ** -12, rate) if side == 0 else (rate, 1 - mp.mpf(10) ** -12)
        if missing:
            ends.append(float(side))
            continue
        if side == 0 and s == n:
            hi = 1 - mp.mpf(10) ** -40
        for _ in range(150):
            middle = (lo + hi) / 2
            inside = log_e(middle) < threshold
            lo, hi = ((lo, middle) if inside else (middle, hi)) if side == 0 else ((middle, hi) if inside else (lo, middle))
        ends.append(f((lo + hi) / 2))
    row("beta_mixture_evalue", {"successes": s, "trials": n, "a": a, "b": b, "p0": p0, "alpha": alpha},
        {"log_e": f(log_e(mp.mpf(p0))), "cs": ends}, 1e-8, Q + "log-gammas of the definition, bisection", 1e-12)

note("sums")
# ---- exact sums ----------------------------------------------------------------------------------------------------------------

for n, total, squares in [(3, "6", "14"), (2, "2000000000000.1", "2000000000000200000000000.01"), (44700, "2344795", "3068887139"),
                          (7, "0.0000000000000000007", "0.00000000000000000000000000000000000008"), (1, "-12.5", "156.25"),
                          (1000000, "123456789012345.678", "15241578780673678546105778311.537878"), (5, "0", "0")]:
    s, q = Fraction(total), Fraction(squares)
    spread = q - s * s / n
    if spread < 0:
        sys.exit(f"impossible sums {total}, {squares}")
    row("mean_and_variance", {"n": n, "sum": total, "sum_squares": squares},
        {"mean": float(s / n), "variance": float(spread / (n - 1)) if n > 1 else 0.0}, 0.0,
        "Python 3.11 fractions, converted once: the nearest double")

json.dump({"about": "Written by make_stats_core.py beside this file; do not edit by hand.", "rows": ROWS}, sys.stdout, indent=0)
sys.stdout.write("\n")
