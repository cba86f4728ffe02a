"""Rows for functions of the library that no op of the runner asks for."""
from fractions import Fraction

import mpmath as mp

from corpus_rows import library, section
from corpus_special import f, log_kernel

section("library")


def expect(a, b, g):
    """E[g(u)] over the logit of Beta(a, b), panels of one standard deviation around the mean and beyond."""
    s = mp.sqrt(1 / mp.mpf(a) + 1 / mp.mpf(b))
    m = mp.log(mp.mpf(a) / b)
    left, right = max(45, 60 / (a * f(s))), max(45, 60 / (b * f(s)))
    points = [m + s * k for k in [-left, -left / 2, -15, -9, -6, -4, -2, -1, 0, 1, 2, 4, 6, 9, 15, right / 2, right]]
    return mp.quad(lambda u: mp.exp(log_kernel(mp.mpf(a), mp.mpf(b), u)) * g(u), sorted(points))


def logistic(u):
    return 1 / (1 + mp.exp(-u))


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
for aa, ba, ab, bb, level in [(2, 5, 3, 4, 0.95), (1, 26, 3, 24, 0.99)]:
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
    library("beta_difference_interval", {"alphaA": float(aa), "betaA": float(ba), "alphaB": float(ab), "betaB": float(bb), "level": level}, ends,
        1e-7, "mpmath 1.2.1, 20 digits: quadrature and root finding in the rate itself")


def beta_best(variants):
    best, loss = [], []
    for i, (a, b) in enumerate(variants):
        others = [v for j, v in enumerate(variants) if j != i]
        cdf = lambda v, u: mp.betainc(v[0], v[1], 0, logistic(u), regularized=True)
        best.append(f(expect(a, b, lambda u: mp.fprod(cdf(v, u) for v in others))))
    points = [mp.mpf(k) / 20 for k in range(21)]
    top = mp.quad(lambda x: 1 - mp.fprod(mp.betainc(a, b, 0, x, regularized=True) for a, b in variants), points)
    return {"p_best": best, "loss": [f(top - mp.mpf(a) / (a + b)) for a, b in variants]}


for variants in [[(2, 5), (3, 4), (4, 3)], [(1.5, 3.5), (200, 300)]]:
    library("beta_best_of", {"variants": [[float(a), float(b)] for a, b in variants]}, beta_best(variants), 1e-9,
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
    library("normal_best_of", {"variants": [list(v) for v in variants]}, {"p_best": best, "loss": [f(top - m) for m, _ in variants]}, 1e-9,
        "mpmath 1.2.1, 20 digits: integrals of f_i prod F_j and of P(max > x)", 1e-12)

mp.mp.dps = 50

for n, total, squares in [(3, "6", "14"), (2, "2000000000000.1", "2000000000000200000000000.01"), (44700, "2344795", "3068887139"),
                          (7, "0.0000000000000000007", "0.00000000000000000000000000000000000008"), (1, "-12.5", "156.25"),
                          (1000000, "123456789012345.678", "15241578780673678546105778311.537878"), (5, "0", "0")]:
    s, q = Fraction(total), Fraction(squares)
    spread = q - s * s / n
    assert spread >= 0
    library("mean_and_variance", {"n": n, "sum": total, "sum_squares": squares},
        {"mean": float(s / n), "variance": float(spread / (n - 1)) if n > 1 else 0.0}, 0.0,
        "Python 3.11 fractions, converted once: the nearest double")
