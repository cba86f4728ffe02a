"""Rows of the sequential ops."""
import math
import sys

import mpmath as mp
import numpy as np
from scipy.optimize import brentq

from corpus_rows import Q, refusal, row, section
from corpus_special import f, log_beta, normal_density, normal_quantile, normal_upper

section("probability ratios")
for x, p0, p1, alpha, beta, note in [
        ([1], 0.1, 0.2, 0.05, 0.2, "one value"), ([0] * 40, 0.3, 0.5, 0.05, 0.2, "no event"), ([1] * 9 + [0] * 200, 0.2, 0.4, 0.01, 0.1, "turns after the decision"),
        ([1, 0, 0, 1, 1] * 12, 0.5, 0.4, 0.05, 0.05, "the alternative is lower"), ([1, 0] * 50, 0.5, 0.500000001, 0.05, 0.2, "rates that nearly agree"),
        ([0, 0, 1], 1e-12, 1e-9, 1e-6, 1e-6, "rare events"),
        ([1, 1], 0.125, 0.5, 0.03125, 0.5, "exactly the boundary: 4^2 = 16"),
        ([1] * 4, 0.1, 0.2, 0.05, 0.2, "the boundary but for the text of the rates: 2^4 = 16")]:
    llr, upper, lower = mp.mpf(0), mp.log((1 - mp.mpf(beta)) / mp.mpf(alpha)), mp.log(mp.mpf(beta) / (1 - mp.mpf(alpha)))
    a, b = mp.log(mp.mpf(p1) / mp.mpf(p0)), mp.log((1 - mp.mpf(p1)) / (1 - mp.mpf(p0)))
    decision, index = "continue", None
    for i, value in enumerate(x):
        llr += a if value else b
        tie = mp.mpf(10) ** -15  # far below every other distance from a boundary in these rows
        if decision == "continue" and (llr >= upper - tie or llr <= lower + tie):
            decision, index = ("accept_h1" if llr >= upper - tie else "accept_h0"), i + 1
    row("sprt_bernoulli", {"x": x, "p0": p0, "p1": p1, "alpha": alpha, "beta": beta},
        {"llr": f(llr), "upper": f(upper), "lower": f(lower), "decision": decision, "index": index}, 1e-11, Q + "definition", 1e-13, note)

section("mixtures")
for sigma2, tau2, n, diff, note in [(0.09, 1e-4, [1, 2, 1000000, 5000000], [0.5, -0.3, 0.0005, 0.001], "five million units"),
                                    (1, 1, [10, 20], [0, 0], "no difference"), (1, 1, [100, 200, 201], [10, 0, 0], "p stays down"),
                                    (1, 1, [10000], [40], "Lambda overflows: p is 0"),
                                    (1, 1, [1000], [1.6945], "Lambda just overflows: p is 0, not 1.7e-310"),
                                    (1, 1, [1000, 1001], [1.69, 0], "Lambda just does not overflow"), (1e-4, 1e4, [5], [-0.02], "a wide mixture")]:
    p, ps = mp.mpf(1), []
    for k, d in zip(n, diff):
        v, k, d, t = 2 * mp.mpf(sigma2), mp.mpf(k), mp.mpf(d), mp.mpf(tau2)
        ratio = mp.sqrt(v / (v + k * t)) * mp.exp(k * k * t * d * d / (2 * v * (v + k * t)))
        p = min(p, 1 / ratio if ratio <= sys.float_info.max else mp.mpf(0))
        ps.append(f(p))
    row("msprt_normal", {"sigma2": sigma2, "tau2": tau2, "n": n, "diff": diff}, {"p": ps}, 1e-10, Q + "definition", note=note)
for s2, n, n_opt, alpha, estimate, note in [(0.09, 5000000, 20000, 0.05, 0.002, "five million units"), (2.5, 1, 1, 0.1, 0.0, "one unit, no effect"),
                                            (1.0, 400, 10000, 1e-12, 0.5, "a tiny alpha"), (1.0, 100, 100, 0.999, 0.01, "an alpha near one"),
                                            (4e-6, 20000, 2000, 0.05, -1e-4, "")]:
    s, k, a, e = mp.mpf(s2), mp.mpf(n), mp.mpf(alpha), mp.mpf(estimate)
    r2 = (-2 * mp.log(a) + mp.log(-2 * mp.log(a) + 1)) / n_opt
    row("asymptotic_cs", {"s2": s2, "n": n, "n_opt": n_opt, "alpha": alpha, "estimate": estimate},
        {"rho": f(mp.sqrt(r2)), "half_width": f(mp.sqrt(s) * mp.sqrt(2 * (k * r2 + 1) / (k * k * r2) * mp.log(mp.sqrt(k * r2 + 1) / a))),
         "e_value": f(mp.exp(r2 * k * k * e * e / (2 * s * (k * r2 + 1))) / mp.sqrt(k * r2 + 1))}, 1e-10, Q + "definition", note=note)
for v, v_opt, alpha, alpha_opt, note in [(0, 100, 0.05, 0.05, "at time zero"), (5000000, 100, 0.05, 0.05, "five million"), (1e-9, 1, 1e-300, 0.5, "a tiny alpha"),
                                         (10, 1e9, 0.999999, 0.999999, "an alpha near one")]:
    log = 2 * mp.log(1 / mp.mpf(alpha_opt))
    rho = mp.mpf(v_opt) / (log + mp.log(1 + log))
    row("normal_mixture_bound", {"v": v, "v_opt": v_opt, "alpha": alpha, "alpha_opt": alpha_opt},
        f(mp.sqrt((v + rho) * (mp.log(1 + v / rho) + 2 * mp.log(1 / mp.mpf(alpha))))), 1e-11, Q + "definition", note=note)

for s, n, a, b, p0, alpha, note in [
        (500000, 5000000, 1.0, 1.0, 0.1, 0.05, "five million units"), (500000, 5000000, 10.0, 90.0, 0.101, 0.05, "five million units"),
        (10, 10, 1.0, 1.0, 0.5, 0.05, "only events"), (1, 100000, 0.5, 0.5, 1e-4, 0.01, "one event"), (0, 1, 1, 1, 0.5, 0.05, "one unit, no event"),
        (0, 5000000, 0.25, 7.5, 1e-6, 1e-9, "no event")]:
    start = log_beta(mp.mpf(a) + s, mp.mpf(b) + n - s) - log_beta(mp.mpf(a), mp.mpf(b))
    log_e = lambda p: start - (s * mp.log(p) if s else 0) - ((n - s) * mp.log1p(-p) if n > s else 0)
    rate, threshold = mp.mpf(s) / n, -mp.log(mp.mpf(alpha))

    def end(outside):
        inside = rate
        for _ in range(170):
            middle = (outside + inside) / 2
            outside, inside = (outside, middle) if log_e(middle) < threshold else (middle, inside)
        return f(inside)

    row("beta_mixture_evalue", {"successes": s, "trials": n, "a": a, "b": b, "p0": p0, "alpha": alpha},
        {"log_e": f(log_e(mp.mpf(p0))), "cs": [end(mp.mpf(0)) if s else 0.0, end(mp.mpf(1)) if s < n else 1.0]}, 1e-8,
        Q + "log-gammas of the definition, bisection", 1e-12, note)

section("betting")


def bets(x, alpha):
    total, squares, result = mp.mpf(1) / 2, mp.mpf(1) / 4, []
    for t, value in enumerate(x, 1):
        result.append(mp.sqrt(2 * mp.log(2 / mp.mpf(alpha)) / (t * mp.log(1 + t) * (squares / t))))
        total += mp.mpf(value)
        squares += (mp.mpf(value) - total / (t + 1)) ** 2
    return result


def capitals(x, lams, m, side):
    """One gambler's capital after each value."""
    most = mp.mpf("0.5") / (m if side > 0 else 1 - m) if 0 < m < 1 else mp.inf if (m == 0) == (side > 0) else mp.mpf("0.5")
    capital, result = mp.mpf(1), []
    for value, lam in zip(x, lams):
        capital *= 1 + side * min(lam, most) * (mp.mpf(value) - m)
        result.append(capital)
    return result


SEQUENCES = [([1], 0.05, "one event"), ([0] * 30, 0.05, "no event"), ([0.5] * 50, 0.1, "all values the same"),
             ([((7 * i) % 11) / 10 for i in range(120)], 0.05, ""), ([1 if i % 9 == 0 else 0 for i in range(200)], 0.01, "one in nine"),
             ([0.9, 1.0, 0.95, 0.85] * 15, 1e-6, "a tiny alpha")]
for x, alpha, note in SEQUENCES:
    lams = bets(x, alpha)
    for m in (0.3, 0.001):
        plus, minus = capitals(x, lams, mp.mpf(m), 1)[-1], capitals(x, lams, mp.mpf(m), -1)[-1]
        row("betting_capital", {"x": x, "m": m, "alpha": alpha}, {"k_plus": f(plus), "k_minus": f(minus), "capital": f(max(plus, minus) / 2)},
            1e-9, Q + "definition", 1e-13, note)
    threshold = 2 / mp.mpf(alpha)

    def limit(side, reduce):
        """The end on one side, by bisection on the capital after all values (last) or at its highest over all prefixes (max)."""
        outside, inside = (mp.mpf(0), mp.mpf(1)) if side > 0 else (mp.mpf(1), mp.mpf(0))
        if reduce(capitals(x, lams, outside, side)) <= threshold:
            return outside
        for _ in range(60):
            middle = (outside + inside) / 2
            outside, inside = (outside, middle) if reduce(capitals(x, lams, middle, side)) <= threshold else (middle, inside)
        return inside

    mp.mp.dps = 25
    last = lambda values: values[-1]
    row("betting_cs", {"x": x, "alpha": alpha}, {"final": [f(limit(1, last)), f(limit(-1, last))], "running": [f(limit(1, max)), f(limit(-1, max))]},
        1e-6, "mpmath 1.2.1, 25 digits: bisection on the definition, the running end where the highest capital of all prefixes crosses", 1e-6, note)
    mp.mp.dps = 50

section("group sequential")
NODES, WEIGHTS = np.polynomial.legendre.leggauss(240)
SQRT2 = math.sqrt(2)


def crossing(bounds, t, two_sided):
    """Chance of the first crossing of the upper bound at each look, by the recursion over the density, 240 Gauss-Legendre nodes a look."""
    points, density, before, result = np.zeros(1), np.ones(1), 0.0, []
    for b, now in zip(bounds, t):
        s, edge = math.sqrt(now - before), b * math.sqrt(now)
        result.append(sum(w * math.erfc((edge - p) / s / SQRT2) / 2 for p, w in zip(points, density)))
        low = -edge if two_sided else -12 * math.sqrt(now)
        middle, half = (edge + low) / 2, (edge - low) / 2
        new = middle + half * NODES
        kernel = np.exp(-0.5 * ((new[:, None] - points[None, :]) / s) ** 2) / s / math.sqrt(2 * math.pi)
        points, density, before = new, half * WEIGHTS * (kernel @ density), now
    return result


def spent(kind, alpha, t):
    if kind == "ld_pocock":
        return alpha / 2 * math.log(1 + (math.e - 1) * t)
    return 2 * 0.5 * math.erfc(float(normal_quantile(mp.mpf(alpha) / 4, "upper")) / math.sqrt(t) / SQRT2)


def boundaries(kind, alpha, t):
    if kind in ("pocock", "obf"):
        shape = [1.0 if kind == "pocock" else 1 / math.sqrt(v) for v in t]
        c = brentq(lambda c: 2 * sum(crossing([c * s for s in shape], t, True)) / alpha - 1, 0.5, 12, xtol=1e-13)
        return [c * s for s in shape]
    bounds, before = [], 0.0
    for k in range(len(t)):
        due = spent(kind, alpha, t[k]) - before
        before += due
        bounds.append(brentq(lambda z: math.log(max(crossing(bounds + [z], t[:k + 1], False)[k], 1e-300) / due), 0.2, 9, xtol=1e-13))
    return bounds


LOOKS = [([1.0], "one look is a fixed test"), ([0.2, 0.4, 0.6, 0.8, 1.0], "five looks, evenly spread"), ([0.1, 0.9, 1.0], "unevenly spread")]
for kind in ("pocock", "obf", "ld_obf", "ld_pocock"):
    for t, note in LOOKS:
        for alpha in (0.05, 0.001) if len(t) == 5 else (0.05,):
            row("group_sequential", {"kind": kind, "alpha": alpha, "t": t}, {"z": [float(f"{z:.9g}") for z in boundaries(kind, alpha, t)]}, 1e-5,
                "numpy 1.24 and scipy 1.10.1: recursion on 240 Gauss-Legendre nodes a look, brentq; to nine digits", note=note)
for kind, alpha, t, z, source in [
        ("pocock", 0.05, [0.5, 1], [2.178, 2.178], "Jennison and Turnbull 2000, table 2.1"), ("pocock", 0.05, [k / 10 for k in range(1, 11)], [2.555] * 10, "Jennison and Turnbull 2000, table 2.1"),
        ("obf", 0.05, [0.5, 1], [1.977 * math.sqrt(2), 1.977], "Jennison and Turnbull 2000, table 2.3"),
        ("obf", 0.01, [0.2, 0.4, 0.6, 0.8, 1], [2.621 * math.sqrt(5 / k) for k in range(1, 6)], "Jennison and Turnbull 2000, table 2.3")]:
    row("group_sequential", {"kind": kind, "alpha": alpha, "t": t}, {"z": [round(v, 9) for v in z]}, 0.0, source, 0.0006 * math.sqrt(len(t)),
        "a published table of three digits")

# The first look stands so far out that it stops one path in 1e300: P(Z2 > z2, Z1 < z1) is a single integral over Z1.
for kind, alpha, t, note in [("ld_obf", 0.05, 0.0036, "the first look spends 2.5e-305"), ("ld_pocock", 1e-300, 0.5, "the first look spends 3.1e-301")]:
    a, s = mp.mpf(alpha), mp.mpf(t)
    by = (lambda v: a / 2 * mp.log(1 + (mp.e - 1) * v)) if kind == "ld_pocock" else (
        lambda v: 2 * normal_upper(normal_quantile(a / 4, "upper") / mp.sqrt(v)))
    z1, due, spread = normal_quantile(by(s), "upper"), by(mp.mpf(1)) - by(s), mp.sqrt(1 - s)
    z2 = normal_quantile(due, "upper")
    panels = [z for z in (mp.sqrt(s) * z2 + k for k in range(-16, 17)) if z < z1] + [z1]
    over = lambda tail: mp.quad(lambda x: normal_density(x) * tail((z2 - x * mp.sqrt(s)) / spread), panels)
    for _ in range(5):
        value = over(normal_upper)
        z2 += mp.log(value / due) * value * spread / over(normal_density)
    row("group_sequential", {"kind": kind, "alpha": alpha, "t": [t, 1]}, {"z": [f(z1), f(z2)]}, 1e-5,
        Q + "a single integral over the first look", note=note)

section("refused sequential tests")
SPRT = {"x": [0, 1], "p0": 0.1, "p1": 0.2, "alpha": 0.05, "beta": 0.2}
BETA = {"successes": 3, "trials": 10, "a": 1, "b": 1, "p0": 0.2, "alpha": 0.05}
for op, inputs, code, note in [
        ("sprt_bernoulli", {**SPRT, "x": [0, 1, 2]}, "invalid_input", "a value of two"), ("sprt_bernoulli", {**SPRT, "x": [True]}, "invalid_input", "a boolean"),
        ("sprt_bernoulli", {**SPRT, "p1": 0.1}, "invalid_input", "equal rates"), ("sprt_bernoulli", {**SPRT, "x": []}, "invalid_input", "no value"),
        ("msprt_normal", {"sigma2": 1, "tau2": 1, "n": [10, 10], "diff": [0, 0]}, "invalid_input", "looks that do not rise"),
        ("msprt_normal", {"sigma2": 1, "tau2": 1, "n": [10], "diff": [0, 0]}, "invalid_input", "lengths that differ"),
        ("msprt_normal", {"sigma2": 0, "tau2": 1, "n": [10], "diff": [0]}, "invalid_input", "no variance"),
        ("asymptotic_cs", {"s2": 1, "n": 1000000, "n_opt": 100, "alpha": 0.05, "estimate": 10}, "undefined_result", "the e-value overflows"),
        ("asymptotic_cs", {"s2": 1, "n": 0, "n_opt": 100, "alpha": 0.05, "estimate": 1}, "invalid_input", "no units"),
        ("normal_mixture_bound", {"v": -1, "v_opt": 1, "alpha": 0.05, "alpha_opt": 0.05}, "invalid_input", "a negative time"),
        ("beta_mixture_evalue", {**BETA, "trials": 0, "successes": 0}, "invalid_input", "no units"), ("beta_mixture_evalue", {**BETA, "p0": 1}, "invalid_input", "a rate of one"),
        ("betting_capital", {"x": [0.5, 1.5], "m": 0.5, "alpha": 0.05}, "invalid_input", "a value above one"), ("betting_capital", {"x": [0.5], "m": 1, "alpha": 0.05}, "invalid_input", "a mean of one"),
        ("betting_cs", {"x": [0] * 100 + [1] * 300, "alpha": 0.05}, "undefined_result", "the values refute every mean"), ("betting_cs", {"x": [], "alpha": 0.05}, "invalid_input", "no value"),
        ("group_sequential", {"kind": "obf", "alpha": 0.05, "t": [0.5, 0.9]}, "invalid_input", "the last look is not at 1"), ("group_sequential", {"kind": "obf", "alpha": 0.05, "t": [0.5, 0.5, 1]}, "invalid_input", "looks that do not rise"),
        ("group_sequential", {"kind": "haybittle", "alpha": 0.05, "t": [0.5, 1]}, "invalid_input", "a kind that is not offered"),
        ("group_sequential", {"kind": "ld_obf", "alpha": 0.05, "t": [1e-6, 1]}, "undefined_result", "no alpha to spend at the first look")]:
    refusal(op, inputs, code, note)
