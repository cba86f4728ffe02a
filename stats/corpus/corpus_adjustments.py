"""Rows of variance reduction, ratios and quasi-experiments; in fractions, so that nothing is lost before the last rounding."""
from fractions import Fraction

import mpmath as mp
import numpy as np
import statsmodels.api as sm

from corpus_rows import EXACT, refusal, row, section


def exact(values):
    return [Fraction(v) for v in values]


def mean(v):
    return sum(v) / len(v)


def cov(x, y):
    mx, my = mean(x), mean(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y)) / (len(x) - 1)


def root(v):
    return float(mp.sqrt(mp.mpf(v.numerator) / v.denominator))


section("cuped")
WAVE = [((37 * i) % 101) / 8 for i in range(60)]
for x, y, note in [([1, 2], [5, 3], "two units, fully explained"), ([0, 1, 2, 3], [1, -1, -1, 1], "no correlation"),
                   ([1e9 + v for v in (1, 2, 4, 8)], [1e9 + v for v in (3, 1, 9, 7)], "a billion in front"),
                   ([0.1, 0.2, 0.3, 0.4], [1e-5, 2e-5, 3.5e-5, 3.9e-5], "small values"),
                   (WAVE, [2 * v + ((11 * i) % 7) * 1e-4 for i, v in enumerate(WAVE)], "all but 1e-8 of the variance explained"),
                   (WAVE, [((53 * i) % 89) - v / 3 for i, v in enumerate(WAVE)], "")]:
    p, q = exact(x), exact(y)
    theta = cov(p, q) / cov(p, p)
    row("cuped", {"x": x, "y": y}, {"theta": float(theta), "var_y": float(cov(q, q)), "var_adj": float(cov(q, q) - theta * cov(p, q)),
                                    "variance_reduction": float(theta * cov(p, q) / cov(q, q))}, 1e-9, EXACT, 1e-14, note)

for xc, yc, xt, yt, note in [([1, 2], [1, 3], [1, 3], [2, 5], "two units each"),
                             ([1e8 + v for v in (1, 2, 3)], [1e8 + v for v in (2, 1, 4)], [1e8 + v for v in (2, 4, 4, 1)], [1e8 + v for v in (3, 5, 7, 2)], "large means"),
                             (WAVE[:30], [3 * v + 1 for v in WAVE[:30]], WAVE[30:], [3 * v + 1 + 0.01 * (i % 3) for i, v in enumerate(WAVE[30:])], "nearly all explained"),
                             (WAVE[:20], WAVE[20:40], WAVE[40:], WAVE[10:30], "an unrelated covariate"),
                             ([5, 5, 5], [1, 2, 4], [6, 6, 6], [2, 2, 5], "constant within each variant, not between them")]:
    xs, ys, xu, yu = exact(xc), exact(yc), exact(xt), exact(yt)
    theta = cov(xs + xu, ys + yu) / cov(xs + xu, xs + xu)
    adjust = lambda x, y: [b - theta * a for a, b in zip(x, y)]
    c, t = adjust(xs, ys), adjust(xu, yu)
    row("cuped_two_arm", {"x_control": xc, "y_control": yc, "x_treatment": xt, "y_treatment": yt},
        {"theta": float(theta), "diff": float(mean(t) - mean(c)), "se": root(cov(c, c) / len(c) + cov(t, t) / len(t))}, 1e-9, EXACT,
        1e-14 if mean(t) == mean(c) else 0.0, note)

for x, lo, hi, note in [([1, 2], 0, 1, "nothing is clipped"), ([5] * 6 + [1000000], 0.25, 0.75, "everything is clipped to one value"),
                        ([0, 0, 0, 0, 1], 0, 0.9, "one event"), ([-3.5, 2.25, 1e12, 7, 0.125, -1e12, 3], 0.2, 0.8, "both ends"),
                        ([((31 * i) % 97) ** 3 for i in range(120)], 0.01, 0.99, "")]:
    v = sorted(exact(x))

    def quantile(q):
        h = (len(v) - 1) * Fraction(q)
        k = min(int(h), len(v) - 2)
        return v[k] + (h - k) * (v[k + 1] - v[k])

    low, high = quantile(lo), quantile(hi)
    assert abs(float(low) - np.quantile(x, lo)) <= 1e-9 * abs(float(low)) + 1e-12
    clipped = [min(max(Fraction(z), low), high) for z in x]
    row("winsorise", {"x": x, "lower_q": lo, "upper_q": hi},
        {"lower": float(low), "upper": float(high), "mean": float(mean(clipped)), "variance": float(cov(clipped, clipped))}, 1e-9,
        EXACT + "; numpy 1.24 agrees on the quantiles", note=note)

section("ratios")


def ratio(n, sy, sx, syy, sxx, sxy):
    r = sy / sx
    vy, vx, vxy = ((a - b * c / n) / (n - 1) for a, b, c in ((syy, sy, sy), (sxx, sx, sx), (sxy, sy, sx)))
    return {"ratio": float(r), "variance": float((vy - 2 * r * vxy + r * r * vx) / (n * (sx / n) ** 2))}


for num, den, note in [([1, 0], [2, 3], "two units"), ([0, 0, 0], [1, 2, 3], "no event"), ([3, 6, 9.5], [1, 2, 3], "nearly proportional"),
                       ([1e6 + 1, 1e6 + 2, 1e6 + 5], [1e6, 1e6 + 3, 1e6 + 1], "large means"), ([-1, 2, -3], [4, -1, 2], "signs"),
                       ([(i * 7) % 5 for i in range(100)], [1 + (i * 3) % 7 for i in range(100)], "")]:
    y, x = exact(num), exact(den)
    expected = ratio(len(x), sum(y), sum(x), sum(a * a for a in y), sum(a * a for a in x), sum(a * b for a, b in zip(x, y)))
    row("ratio_delta", {"num": num, "den": den}, expected, 1e-9, EXACT, note=note)
for n, sums, note in [(2, [1, 5, 1, 13, 2], "two units"), (5000000, [12500000, 40000000, 60000000, 450000000, 120000000], "five million units"),
                      (1000, [1e9, 1e9, 1000000000000500.0, 1000000000001000.0, 1000000000000200.0], "spread of a millionth of the mean"),
                      (10, [0, 5, 0, 9, 0], "no event"), (4, [2.5, 10, 1.5625, 25, 6.25], "nothing varies: the variance is 0")]:
    keys = ("sum_num", "sum_den", "sum_num2", "sum_den2", "sum_numden")
    row("ratio_delta_moments", {"n": n, **dict(zip(keys, sums))}, ratio(n, *exact(sums)), 1e-8, EXACT, note=note)
for m1, v1, m2, v2, note in [(0.1, 1.8e-8, 0.101, 1.81e-8, "five million units"), (-2.0, 0.01, -2.5, 0.02, "negative means"), (5, 0, 5, 0, "nothing varies"),
                             (1e-9, 1e-20, 3e-9, 2e-20, "tiny means"), (1e8, 2.5, 100000000.5, 2.5, "a small lift of a large mean"), (3, 1, 0, 1, "all lost")]:
    a, u, b, v = exact([m1, v1, m2, v2])
    row("relative_lift_delta", {"mean1": m1, "var1": v1, "mean2": m2, "var2": v2},
        {"lift": float((b - a) / a), "se": root(v / a ** 2 + u * b ** 2 / a ** 4)}, 1e-10, EXACT, note=note)

section("quasi-experiments")
for cells, note in [([[1, 0, 1], [2, 0, 1], [3, 0, 1], [3.5, 0, 1]], "one unit a cell, nothing varies"),
                    ([[20.44, 9.01, 77], [21.03, 9.29, 77], [23.33, 11.86, 33], [21.17, 8.28, 33]], "the means of Card and Krueger 1994, table 3"),
                    ([[1e9, 2, 5000000], [1e9 + 0.5, 2, 5000000], [2e9, 3, 5000000], [2e9 + 0.25, 3, 5000000]], "large means, five million units"),
                    ([[0.1, 0.3, 1000], [0.1, 0.3, 1000], [0.1, 0.3, 10], [0.1, 0.3, 10]], "no effect")]:
    (a, s, k), (b, t, m), (c, u, p), (d, w, q) = ([Fraction(v) for v in cell] for cell in cells)
    row("diff_in_diff", dict(zip(("treat_pre", "treat_post", "control_pre", "control_post"), cells)),
        {"estimate": float((b - a) - (d - c)), "se": root(s * s / k + t * t / m + u * u / p + w * w / q)}, 1e-10, EXACT, note=note)

LONG = [((i * 29) % 53) / 4 + (2 if i % 3 == 0 else 0) for i in range(90)]
for y, treatment, cluster, note in [
        ([1, 2, 4], [0, 1, 1], [1, 2, 2], "three units"), ([3, 5, 4, 8, 6, 9.5], [0, 1, 0, 1, 0, 1], [1, 1, 2, 2, 3, 3], "treatment within clusters"),
        ([3, 5, 4, 8, 6, 9.5], [0, 0, 1, 1, 0, 1], ["north", "north", "south", "south", "east", "1"], "labels of text"),
        ([3, 5, 4, 8, 6], [0, 0, 1, 1, 1], [1, "1", 2, "2", "2"], "the number 1 and the text 1 are two clusters"),
        (LONG, [1 if i % 3 == 0 else 0 for i in range(90)], [i % 30 for i in range(90)], "thirty clusters"),
        ([1e8 + v for v in LONG], [1 if i % 3 == 0 else 0 for i in range(90)], [i % 30 for i in range(90)], "a large mean"),
        (LONG, [i % 2 for i in range(90)], list(range(90)), "every unit a cluster")]:
    v, n1 = exact(y), sum(treatment)
    n0 = len(y) - n1
    means = [sum(a for a, t in zip(v, treatment) if t == g) / k for g, k in ((0, n0), (1, n1))]
    scores = {}
    for a, t, g in zip(v, treatment, cluster):
        key = (type(g).__name__, g)
        scores[key] = scores.get(key, Fraction(0)) + (a - means[t]) * (Fraction(1, n1) if t else Fraction(-1, n0))
    groups, n = len(scores), len(y)
    se = root(Fraction(groups, groups - 1) * Fraction(n - 1, n - 2) * sum(s * s for s in scores.values()))
    labels = sorted(scores)
    codes = [labels.index((type(g).__name__, g)) for g in cluster]
    fit = sm.OLS(np.array(y, float), sm.add_constant(np.array(treatment, float))).fit(cov_type="cluster", cov_kwds={"groups": np.array(codes)})
    assert abs(fit.bse[1] - se) < 1e-5 * se + 1e-12, (fit.bse[1], se)
    row("cluster_robust_mean_diff", {"y": y, "treatment": treatment, "cluster": cluster}, {"diff": float(means[1] - means[0]), "se": se}, 1e-8,
        EXACT + "; statsmodels 0.13.5 agrees", note=note)

section("refused adjustments")
SUMS = {"n": 5, "sum_num": 10, "sum_den": 31, "sum_num2": 30, "sum_den2": 215, "sum_numden": 77}
CELLS = {"treat_pre": [5, 1, 6], "treat_post": [6, 1, 6], "control_pre": [4, 1, 7], "control_post": [5, 1, 6]}
for op, inputs, code, note in [
        ("cuped", {"x": [1, 1, 1], "y": [1, 2, 3]}, "undefined_result", "a constant covariate"), ("cuped", {"x": [1, 2, 3], "y": [0.1, 0.1, 0.1]}, "undefined_result", "a constant metric"),
        ("cuped", {"x": [1, 2, 3], "y": [1, 2]}, "invalid_input", "lengths that differ"), ("cuped", {"x": [1], "y": [1]}, "invalid_input", "one unit"),
        ("cuped_two_arm", {"x_control": [2, 2], "y_control": [1, 2], "x_treatment": [2, 2], "y_treatment": [2, 3]}, "undefined_result", "a constant covariate"),
        ("cuped_two_arm", {"x_control": [1, 2], "y_control": [1, 2], "x_treatment": [2], "y_treatment": [2]}, "invalid_input", "one unit in a variant"),
        ("winsorise", {"x": [1, 2, 3], "lower_q": 0.5, "upper_q": 0.5}, "invalid_input", "equal quantiles"), ("winsorise", {"x": [1, 2, 3], "lower_q": -0.1, "upper_q": 0.5}, "invalid_input", "below zero"),
        ("ratio_delta", {"num": [1, 2], "den": [1, -1]}, "undefined_result", "denominators that sum to zero"), ("ratio_delta", {"num": [1, 2], "den": [1]}, "invalid_input", "lengths that differ"),
        ("ratio_delta_moments", {**SUMS, "sum_num2": 19}, "invalid_input", "squares too small for the sum"), ("ratio_delta_moments", {**SUMS, "sum_den2": 192}, "invalid_input", "squares too small for the sum"),
        ("ratio_delta_moments", {**SUMS, "sum_numden": 1000}, "invalid_input", "a covariance beyond both variances"),
        ("ratio_delta_moments", {**SUMS, "sum_den": 0}, "undefined_result", "denominators that sum to zero"), ("ratio_delta_moments", {**SUMS, "n": 1}, "invalid_input", "one unit"),
        ("relative_lift_delta", {"mean1": 0, "var1": 1, "mean2": 1, "var2": 1}, "undefined_result", "nothing to be relative to"),
        ("relative_lift_delta", {"mean1": 1, "var1": -1, "mean2": 1, "var2": 1}, "invalid_input", "a negative variance"),
        ("relative_lift_delta", {"mean1": 1e-300, "var1": 1, "mean2": 1e300, "var2": 1}, "undefined_result", "overflow"),
        ("diff_in_diff", {**CELLS, "treat_pre": [5, 1]}, "invalid_input", "a short cell"), ("diff_in_diff", {**CELLS, "control_post": [5, -1, 6]}, "invalid_input", "a negative deviation"),
        ("diff_in_diff", {**CELLS, "control_pre": [4, 1, 0]}, "invalid_input", "no units"),
        ("cluster_robust_mean_diff", {"y": [1, 2, 3], "treatment": [1, 1, 1], "cluster": [1, 2, 3]}, "invalid_input", "everybody treated"),
        ("cluster_robust_mean_diff", {"y": [1, 2, 3], "treatment": [0, 1, 1], "cluster": [1, 1, 1]}, "invalid_input", "one cluster"),
        ("cluster_robust_mean_diff", {"y": [1, 2, 3], "treatment": [0, 1, 1], "cluster": [1, 2.5, 3]}, "invalid_input", "half a label")]:
    refusal(op, inputs, code, note)
