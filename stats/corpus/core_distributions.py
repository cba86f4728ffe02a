"""Distributions from their definitions, and their rows of stats-core.json."""
import math

import mpmath as mp
from scipy import special, stats

from core_rows import Q, f, note, row


# ---- distributions -------------------------------------------------------------------------------------------------------------

def normal_upper(x):
    return mp.erfc(mp.mpf(x) / mp.sqrt(2)) / 2


for x in [0.0, 1e-10, 0.3, 1.0, 1.96, 2.4999, 2.5, 2.5001, 3.0, 4.5, 6.5, 8.0]:
    for tail in ("lower", "upper"):
        for s in (x, -x) if x else (x,):
            v = normal_upper(s if tail == "upper" else -s)
            row("normal_cdf", {"x": s, "tail": tail}, f(v), 1e-14 if v > 0.1 else 1e-12, Q + "erfc/2")
for x in [10.0, 15.5, 22.3, 30.0, 37.0]:
    row("normal_cdf", {"x": x, "tail": "upper"}, f(normal_upper(x)), 1e-11, Q + "erfc/2")
    row("normal_cdf", {"x": -x, "tail": "lower"}, f(normal_upper(x)), 1e-11, Q + "erfc/2")

for p in [1e-300, 1e-200, 1e-100, 1e-40, 1e-16, 1e-12, 1e-6, 0.001, 0.025, 0.0749, 0.0751, 0.3, 0.499999, 0.5000001, 0.9, 0.9999,
          1 - 1e-12]:
    for tail in ("lower", "upper"):
        target = mp.mpf(p)
        small = min(target, 1 - target)
        x = mp.mpf(stats.norm.isf(f(small)))
        for _ in range(6):
            x += (normal_upper(x) - small) / (mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi))
        outward = (tail == "upper") == (target < 0.5)
        row("normal_ppf", {"p": p, "tail": tail}, f(x if outward else -x), 1e-11, Q + "Newton on erfc", 1e-15)


def log_kernel(a, b, u):
    """Log density of the logit of a beta variable."""
    u = mp.mpf(u)
    lx, ly = -mp.log1p(mp.exp(-u)), -mp.log1p(mp.exp(u))
    return a * lx + b * ly - (mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b))


def beta_lower(a, b, x, y=None):
    """I_x(a, b) as the integral of the density of the logit, in panels of one standard deviation."""
    a, b, x = mp.mpf(a), mp.mpf(b), mp.mpf(x)
    y = 1 - x if y is None else y
    u = mp.log(x / y)
    if a < 500 and b < 500:
        return mp.betainc(a, b, 0, x, regularized=True)
    step = mp.sqrt(1 / a + 1 / b)
    top = min(u, mp.log(a / b))
    base = log_kernel(a, b, top)
    total, hi, n = mp.mpf(0), u, 0
    while True:
        # Far out the density falls like x^a: a panel a few e-folds wide is enough, and panels grow.
        lo = hi - step * (1 if n < 200 else 4)
        part = mp.quad(lambda t: mp.exp(log_kernel(a, b, t) - base), [lo, (lo + hi) / 2, hi])
        total += part
        n += 1
        if part < total * mp.mpf(10) ** -32 and hi <= top:
            break
        hi = lo
    return total * mp.exp(base)


def beta_tail(a, b, x, tail):
    x = mp.mpf(x)
    return beta_lower(a, b, x) if tail == "lower" else beta_lower(b, a, 1 - x, x)


def sd_point(a, b, z):
    m = a / (a + b)
    return m + z * math.sqrt(m * (1 - m) / (a + b + 1))


BETA_CASES = [(0.5, 0.5, 0.1), (0.5, 0.5, 1e-12), (0.01, 3.0, 0.2), (0.01, 3.0, 1e-30), (1.0, 1.0, 0.3), (1.0, 26.0, 0.4), (1e-4, 2.0, 0.3),
              (3.0, 9.0, 0.999), (0.5, 30.0, 0.9), (30.0, 0.5, 0.02), (2.5, 0.3, 0.999999)]
for a, b, x in BETA_CASES:
    for tail in ("lower", "upper"):
        v = beta_tail(a, b, x, tail)
        row("beta_cdf", {"alpha": a, "beta": b, "x": x, "tail": tail}, f(v), 1e-10 if v > 1e-40 else 1e-9, Q + "betainc")
BIG = [(640.0, 7360.0), (43.0, 324.0), (8503.0, 36199.0), (24011.0, 375991.0), (500000.0, 4500000.0), (2500000.0, 2500000.0),
       (5000000.0, 1.0), (1.0, 5000000.0), (0.5, 5000000.0), (5000000.5, 3.5), (120.0, 4999880.0)]
for a, b in BIG:
    for z in (-30, -7, -2, 0.01, 1, 5, 30):
        x = sd_point(a, b, z)
        if not 0 < x < 1:
            continue
        tail = "lower" if z < 0 else "upper"
        v = beta_tail(a, b, x, tail)
        if v < 1e-300:
            continue
        rtol = 1e-7 if max(a, b) > 1e5 else 1e-9 if v < 1e-40 else 1e-10
        row("beta_cdf", {"alpha": a, "beta": b, "x": x, "tail": tail}, f(v), rtol, Q + "integral of the density of the logit")


def beta_quantile(a, b, p, tail):
    target = mp.mpf(p)
    start = special.betaincinv(a, b, float(p)) if tail == "lower" else stats.beta.isf(float(p), a, b)
    if not 0 < start < 1:
        start = a / (a + b)
    u = mp.log(mp.mpf(start) / (1 - mp.mpf(start)))
    for _ in range(60):
        x, y = 1 / (1 + mp.exp(-u)), 1 / (1 + mp.exp(u))
        v = beta_lower(a, b, x, y) if tail == "lower" else beta_lower(b, a, y, x)
        step = mp.log(v / target) * v / mp.exp(log_kernel(mp.mpf(a), mp.mpf(b), u))
        step = max(min(step, mp.mpf(2)), mp.mpf(-2))
        u -= step if tail == "lower" else -step
        if abs(step) < mp.mpf(10) ** -20:
            break
    return 1 / (1 + mp.exp(-u))


for a, b in [(0.5, 0.5), (1.0, 26.0), (3.0, 9.0), (640.0, 7360.0), (0.5, 5000000.0), (500000.0, 4500000.0), (5000000.0, 3.0)]:
    for p in (1e-12, 0.025, 0.5, 0.975, 1 - 1e-12):
        for tail in ("lower", "upper"):
            far = min(p, 1 - p) < 1e-9
            if max(a, b) > 1e6 and p == 0.5 and tail == "upper":
                continue
            row("beta_quantile", {"alpha": a, "beta": b, "p": p, "tail": tail}, f(beta_quantile(a, b, p, tail)),
                1e-8 if far else 1e-9, Q + "Newton on the integral")


def beta_hdi(a, b, level):
    outside = 1 - mp.mpf(level)

    def ends(q):
        return beta_quantile(a, b, q, "lower"), beta_quantile(a, b, outside - q, "upper")

    def difference(q):
        lower, upper = ends(q)
        return (a - 1) * mp.log(lower / upper) + (b - 1) * mp.log((1 - lower) / (1 - upper))

    lo, hi = mp.mpf(0), outside
    for _ in range(40):
        q = (lo + hi) / 2
        lo, hi = (lo, q) if difference(q) > 0 else (q, hi)
    return [f(v) for v in ends(q)]


note("hdi")
for a, b, level in [(2.0, 8.0, 0.95), (1.5, 40.0, 0.99), (43.0, 324.0, 0.5), (30.0, 3.0, 0.999)]:
    row("beta_hdi", {"alpha": a, "beta": b, "level": level}, beta_hdi(a, b, level), 1e-7, Q + "bisection on the mass below")


note("t")
def t_upper(t, df):
    t, df = mp.mpf(t), mp.mpf(df)
    c = mp.gamma((df + 1) / 2) / mp.gamma(df / 2) / mp.sqrt(df * mp.pi) if df < 300 else \
        mp.exp(mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2)) / mp.sqrt(df * mp.pi)
    if df < 300:
        return mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2
    # Panels follow the decay of the tail, which is about t per unit.
    width = 1 / max(t, mp.mpf(1))
    base = -(df + 1) / 2 * mp.log1p(t * t / df)
    total, lo = mp.mpf(0), t
    while True:
        part = mp.quad(lambda s: mp.exp(-(df + 1) / 2 * mp.log1p(s * s / df) - base), [lo, lo + width])
        total += part
        lo += width
        if part < total * mp.mpf(10) ** -30:
            return total * c * mp.exp(base)
        width *= mp.mpf("1.02")


for df in (0.5, 1.0, 2.5, 12.0, 130.25):
    for t in (1e-6, 0.3, 2.0, 9.0, 120.0, 1e5):
        v = t_upper(t, df)
        if v > 1e-300:
            row("t_cdf", {"t": t, "df": df, "tail": "upper"}, f(v), 1e-10, Q + "betainc")
            row("t_cdf", {"t": -t, "df": df, "tail": "upper"}, f(1 - v), 1e-10, Q + "betainc")
for df in (5000.0, 58595.48142, 999999.0, 1000000.0, 1e7, 1e9):
    for t in (0.3, 2.0, 9.0, 36.0):
        row("t_cdf", {"t": -t, "df": df, "tail": "lower"}, f(t_upper(t, df)), 1e-10, Q + "integral of the density")

for df in (0.5, 1.0, 7.5, 130.25):
    for p in (1e-12, 0.01, 0.25, 0.2500001, 0.4999, 0.975):
        small = min(mp.mpf(p), 1 - mp.mpf(p))
        t = mp.mpf(stats.t.isf(f(small), df))
        for _ in range(40):
            v = t_upper(t, df)
            density = mp.exp(-(mp.mpf(df) + 1) / 2 * mp.log1p(t * t / df)) * mp.gamma((mp.mpf(df) + 1) / 2) / (
                mp.gamma(mp.mpf(df) / 2) * mp.sqrt(df * mp.pi))
            step = (mp.log(v / small)) * v / density
            t += step
            if abs(step) < abs(t) * mp.mpf(10) ** -25:
                break
        row("t_ppf", {"p": p, "df": df, "tail": "upper"}, f(t if p < 0.5 else -t), 1e-9, Q + "Newton on betainc", 1e-14)


note("chi2")
def chi2_tail(x, df, tail):
    a, h = mp.mpf(df) / 2, mp.mpf(x) / 2
    if df < 2000:
        return mp.gammainc(a, 0, h, regularized=True) if tail == "lower" else mp.gammainc(a, h, mp.inf, regularized=True)
    # Integral over ln x in panels of a quarter of a standard deviation, relative to the density at its start: the tolerance of
    # mpmath's quadrature is absolute, and would let a tail of 1e-265 pass unseen.
    log_density = lambda v: a * v - mp.exp(v) - mp.loggamma(a)
    v, width, total = mp.log(h), 1 / mp.sqrt(a) / 4, mp.mpf(0)
    peak, base = mp.log(a), log_density(mp.log(h))
    sign = -1 if tail == "lower" else 1
    while True:
        end = v + sign * width
        part = abs(mp.quad(lambda s: mp.exp(log_density(s) - base), [v, end]))
        total += part
        v = end
        if part < total * mp.mpf(10) ** -30 and (v < peak if sign < 0 else v > peak):
            return total * mp.exp(base)


for df in (0.02, 0.5, 1.0, 2.0, 5.0, 100.0, 10000.0, 1000000.0):
    for x in (1e-8 * df, 0.2 * df, 0.98 * df, df, 1.05 * df, 3 * df + 10, 60 * df + 700):
        for tail in ("lower", "upper"):
            if df >= 10000 and abs(x / df - 1) > 0.06:
                continue
            v = chi2_tail(x, df, tail)
            if 1e-300 < v < 1:
                row("chi2_cdf", {"x": x, "df": df, "tail": tail}, f(v), 1e-10, Q + "gammainc, or the integral over ln x")

for df in (0.5, 1.0, 6.0, 250.0):
    for p in (1e-12, 0.01, 0.5, 0.999):
        for tail in ("lower", "upper"):
            x = mp.mpf(stats.chi2.ppf(p, df) if tail == "lower" else stats.chi2.isf(p, df))
            for _ in range(60):
                v = chi2_tail(x, df, tail)
                density = mp.exp((mp.mpf(df) / 2 - 1) * mp.log(x / 2) - x / 2 - mp.loggamma(mp.mpf(df) / 2)) / 2
                step = mp.log(v / mp.mpf(p)) * v / density * (1 if tail == "lower" else -1)
                new = x - step
                x = new if new > 0 else x / 2
                if abs(step) < x * mp.mpf(10) ** -25:
                    break
            row("chi2_ppf", {"p": p, "df": df, "tail": tail}, f(x), 1e-9, Q + "Newton on gammainc")

note("posteriors")
