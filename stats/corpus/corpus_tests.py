"""Rows of the tests, the corrections, sample ratio mismatch and planning."""
import math
from fractions import Fraction

import mpmath as mp
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

from corpus_rows import EXACT, Q, refusal, row, section
from corpus_special import chi2_tail, f, normal_quantile, normal_upper, t_quantile, t_upper

BOTH = "scipy 1.10.1 and statsmodels 0.13.5 agree to 1e-6"


def close(value, other, rtol=1e-6):
    """The second opinion of another program; it must not be far off, and is not what the row states."""
    assert abs(value - other) <= rtol * abs(other) + 1e-300, (value, other)


section("tables and proportions")
for table, note in [([[0, 10], [5, 5]], "no event in a row"), ([[500000, 4500000], [501500, 4498500]], "five million units"),
                    ([[1, 4999999], [40, 4999960]], "rare events"), ([[7, 3], [7, 3]], "equal rows"), ([[1, 0], [0, 1]], "two units")]:
    for yates in (False, True):
        (a, b), (c, d) = table
        n = a + b + c + d
        stat = Fraction(0)
        for o, r, k in ((a, a + b, a + c), (b, a + b, b + d), (c, c + d, a + c), (d, c + d, b + d)):
            e = Fraction(r * k, n)
            stat += (abs(o - e) - (min(Fraction(1, 2), abs(o - e)) if yates else 0)) ** 2 / e
        p = mp.erfc(mp.sqrt(mp.mpf(stat.numerator) / stat.denominator / 2))
        if stat > 0:
            close(float(stat), stats.chi2_contingency(table, correction=yates)[0])
        row("chi2_2x2", {"table": table, "yates": yates}, {"statistic": float(stat), "p": f(p)}, 1e-9,
            EXACT + ", mpmath 1.2.1 erfc; scipy 1.10.1 agrees", 1e-13, note)

for x1, n1, x2, n2, note in [
        (500000, 5000000, 502000, 5000000, "five million units"), (0, 1000, 1, 1000, "one event"), (1, 5000000, 30, 5000000, "rare events"),
        (250, 250, 249, 250, "all but one"), (500000, 5000000, 540000, 5000000, "p of 1e-300 and below"), (1, 1, 0, 1, "one unit each"),
        (300, 1000, 300, 1000, "equal variants"), (1666667, 5000001, 1666666, 4999998, "rates equal in 13 digits")]:
    a, n, b, k = (mp.mpf(z) for z in (x1, n1, x2, n2))
    p = (a + b) / (n + k)
    z = (b / k - a / n) / mp.sqrt(p * (1 - p) * (1 / n + 1 / k))
    q = normal_quantile(mp.mpf("0.975"))
    half = q * mp.sqrt(a / n * (1 - a / n) / n + b / k * (1 - b / k) / k)
    wilson = lambda x, m: [f(max(0, (x + q * q / 2 - q * mp.sqrt(x * (m - x) / m + q * q / 4)) / (m + q * q))),
                           f(min(1, (x + q * q / 2 + q * mp.sqrt(x * (m - x) / m + q * q / 4)) / (m + q * q)))]
    if note != "rates equal in 13 digits":
        close(f(z), -proportions_ztest([x1, x2], [n1, n2])[0])
        close(wilson(b, k)[1], proportion_confint(x2, n2, method="wilson")[1])
    row("two_prop_z", {"x1": x1, "n1": n1, "x2": x2, "n2": n2},
        {"z": f(z), "p": f(2 * normal_upper(abs(z))), "ci95": [f(b / k - a / n - half), f(b / k - a / n + half)],
         "wilson95_1": wilson(a, n), "wilson95_2": wilson(b, k)}, 1e-9, Q + "definition; statsmodels 0.13.5 agrees", 1e-15, note)

section("t tests")
for m1, s1, n1, m2, s2, n2, level, note in [
        (52.456, 256.716, 44700, 51.872, 203.17, 45489, 0.95, "a heavy-tailed count"), (10.0, 2.0, 2, 11.0, 3.0, 2, 0.95, "two units each"),
        (0.0, 0.0, 10, 1.0, 1.0, 10, 0.95, "one variant does not vary"), (1e9, 1.5, 5000000, 1000000000.002, 1.5, 5000000, 0.99, "a large mean"),
        (5.0, 1.0, 30, 5.0, 2.0, 40, 0.9, "equal means"), (0.0, 1.0, 1000, 1.6, 1.0, 1000, 0.95, "p below 1e-150")]:
    for pooled in (False, True):
        u, v, x, y = mp.mpf(s1) ** 2, mp.mpf(s2) ** 2, n1, n2
        within = ((x - 1) * u + (y - 1) * v) / (x + y - 2)
        if pooled:
            se, df = mp.sqrt(within * (mp.mpf(1) / x + mp.mpf(1) / y)), mp.mpf(x + y - 2)
        else:
            se = mp.sqrt(u / x + v / y)
            df = se ** 4 / ((u / x) ** 2 / (x - 1) + (v / y) ** 2 / (y - 1))
        diff = mp.mpf(m2) - mp.mpf(m1)
        t = diff / se
        half = se * t_quantile((1 - mp.mpf(level)) / 2, df, "upper")
        p = 2 * t_upper(abs(t), df)
        close(f(t), -stats.ttest_ind_from_stats(m1, s1, n1, m2, s2, n2, equal_var=pooled)[0])
        row("t_test", {"mean1": m1, "sd1": s1, "n1": n1, "mean2": m2, "sd2": s2, "n2": n2, "equal_var": pooled, "level": level},
            {"diff": f(diff), "se": f(se), "t": f(t), "df": f(df), "p": f(p), "ci": [f(diff - half), f(diff + half)],
             "cohens_d": f(diff / mp.sqrt(within))}, 1e-8, Q + "definition; scipy 1.10.1 agrees", 1e-12, note)


def welch(x, y):
    x, y = [mp.mpf(v) for v in x], [mp.mpf(v) for v in y]
    mean = lambda v: mp.fsum(v) / len(v)
    var = lambda v: mp.fsum((z - mean(v)) ** 2 for z in v) / (len(v) - 1)
    a, b = var(x) / len(x), var(y) / len(y)
    t = (mean(y) - mean(x)) / mp.sqrt(a + b)
    df = (a + b) ** 2 / (a ** 2 / (len(x) - 1) + b ** 2 / (len(y) - 1))
    return t, 2 * t_upper(abs(t), df)


for x, y, note in [([1.5, 2.5], [2, 4], "two values each"), ([3, 3, 3], [3, 4, 5], "one sample does not vary"),
                   ([1e9 + 1, 1e9 + 2, 1e9 + 4], [1e9 + 3, 1e9 + 5, 1e9 + 6, 1e9 + 6], "a billion in front"),
                   ([0.1, 0.2, 0.3], [0.3, 0.2, 0.1], "equal means but for rounding of the text"),
                   ([1, 2.5, 3, 4.25, 7], [1000000001, 1000000002.5, 1000000003.3, 1000000005, 1000000007.1], "means a billion apart"),
                   ([1000001.232553516, 1000002.0170902177, 1000000.6389925634], [-10.244468270401246, -9.473562572755831], "means a million apart"),
                   ([i % 7 + 0.25 for i in range(400)], [i % 5 + 3.5 for i in range(300)], "a p-value of 1e-50")]:
    t, p = welch(x, y)
    row("t_test_raw", {"x": x, "y": y}, {"t": f(t), "p": f(p)}, 1e-9, Q + "definition", 1e-12 if abs(t) < 1e-9 else 0.0, note)

section("corrections")
FAMILIES = [([0.5], "one test"), ([0.01, 0.01, 0.01], "ties"), ([0.0, 1.0, 0.04, 1e-300, 0.9], "both ends"),
            ([0.6, 0.0051, 0.04, 0.021, 0.0003, 0.21, 0.04, 0.99], "a family of eight, with a tie")]
for p, note in FAMILIES:
    exact = [Fraction(v) for v in p]
    m = len(p)
    order = sorted(range(m), key=lambda i: exact[i])
    harmonic = sum(Fraction(1, k) for k in range(1, m + 1))
    adjusted = {"bonferroni": [m * v for v in exact], "holm": [0] * m, "bh": [0] * m, "by": [0] * m}
    running = Fraction(0)
    for k, i in enumerate(order):
        running = max(running, (m - k) * exact[i])
        adjusted["holm"][i] = running
    for method, factor in (("bh", Fraction(1)), ("by", harmonic)):
        running = Fraction(1)
        for k in range(m, 0, -1):
            running = min(running, factor * m * exact[order[k - 1]] / k)
            adjusted[method][order[k - 1]] = running
    for method, name in (("bonferroni", "bonferroni"), ("holm", "holm"), ("bh", "fdr_bh"), ("by", "fdr_by")):
        values = [float(min(1, v)) for v in adjusted[method]]
        for value, other in zip(values, multipletests(p, method=name)[1]):
            close(value, other, 1e-9)
        row("adjust_p", {"method": method, "p": p}, values, 1e-12, EXACT + "; statsmodels 0.13.5 agrees", note=note)

section("sample ratio mismatch")
for observed, weights, note in [
        ([2500000, 2505000], [1, 1], "five million units"), ([900000, 99000, 1000], [0.9, 0.1, 0.001], "unequal weights"),
        ([10, 10], [1, 1], "exactly as planned"), ([44700, 45489], [1, 1], "the Cookie Cats split"),
        ([100000, 101900, 99000, 100500], [1, 1, 1, 1], ""), ([0, 1], [1, 1], "one unit"), ([5, 0, 7, 0], [1, 0, 1, 0], "weights of zero"),
        ([50001, 49999], [1, 1], "p near 1"), ([5000000, 0], [999999, 1], ""), ([30000, 33000], [1, 1], "p of 1e-32"),
        ([3000000, 2800000], [1, 1], "p below the smallest double")]:
    pairs = [(o, w) for o, w in zip(observed, weights) if w]
    total, ws = sum(observed), mp.fsum(mp.mpf(w) for w in weights)
    stat = mp.fsum((o - total * mp.mpf(w) / ws) ** 2 / (total * mp.mpf(w) / ws) for o, w in pairs)
    df = len(pairs) - 1
    v = mp.gammainc(mp.mpf(df) / 2, stat / 2, mp.inf, regularized=True)
    row("srm_chi2", {"observed": observed, "weights": weights},
        {"statistic": f(stat), "df": df, "p": f(v), "log10_p": f(mp.log10(v))}, 1e-9, Q + "gammainc", 1e-300, note)

for weights, k, increments, note in [
        ([1, 1], 100, [[500000, 501000], [500000, 502500], [0, 0], [1000, 0]], "a batch without units"),
        ([0.5, 0.3, 0.2], 1000, [[5, 3, 2], [52000, 29000, 19800]], "three variants"),
        ([98, 1, 1], 0.5, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [97, 1, 1]], "single units"),
        ([1, 1], 100, [[2500000, 2600000]], "p below 1e-300"), ([2, 1], 7.5, [[0, 0]], "no unit at all")]:
    theta = [mp.mpf(w) / mp.fsum(mp.mpf(z) for z in weights) for w in weights]
    x, logs, ps, top = [0] * len(weights), [], [], mp.mpf(0)
    for batch in increments:
        x = [u + v for u, v in zip(x, batch)]
        log_b = lambda v: mp.fsum(mp.loggamma(z) for z in v) - mp.loggamma(mp.fsum(v))
        bf = log_b([k * t + c for t, c in zip(theta, x)]) - log_b([k * t for t in theta]) - mp.fsum(c * mp.log(t) for c, t in zip(x, theta))
        top = max(top, bf)
        logs.append(f(bf) if abs(bf) > 1e-40 else 0.0)
        ps.append(f(mp.exp(-top)))
    row("multinomial_srm_eprocess", {"weights": weights, "concentration": k, "increments": increments}, {"log_bf": logs, "p": ps}, 1e-8,
        Q + "log-gammas of the definition", 1e-8, note)

section("planning")


def z_values(alpha, power, sides):
    return normal_quantile(mp.mpf(alpha) / sides, "upper"), normal_quantile(mp.mpf(power))


def size_two_prop(p1, p2, za, zb):
    p1, p2 = mp.mpf(p1), mp.mpf(p2)
    m = (p1 + p2) / 2
    return (za * mp.sqrt(2 * m * (1 - m)) + zb * mp.sqrt(p1 * (1 - p1) + p2 * (1 - p2))) ** 2 / (p2 - p1) ** 2


for p1, p2, alpha, power, sides, note in [
        (0.1, 0.12, 0.05, 0.8, 2, "3,841 a variant"), (0.1, 0.1001, 0.05, 0.8, 2, "a tiny lift"), (1e-6, 2e-6, 0.05, 0.9, 2, "rare events"),
        (0.999, 0.99, 0.01, 0.95, 1, "rates near one"), (0.5, 0.51, 1e-12, 0.999999, 2, "far tails"), (0.2, 0.4, 0.5, 0.2, 1, "a power below one half")]:
    n = size_two_prop(p1, p2, *z_values(alpha, power, sides))
    row("size_two_prop", {"p1": p1, "p2": p2, "alpha": alpha, "power": power, "sides": sides}, {"n": int(mp.ceil(n)), "n_raw": f(n)}, 1e-9,
        Q + "definition", note=note)
for delta, sd, alpha, power, sides, note in [(0.001, 1, 0.05, 0.8, 2, "sixteen million"), (-5, 2, 0.05, 0.8, 2, "a decrease"),
                                             (1, 10, 1e-9, 0.99, 1, ""), (100, 1, 0.05, 0.8, 2, "one unit is enough"), (1, 7, 0.2, 0.1, 2, "nearly no power")]:
    za, zb = z_values(alpha, power, sides)
    n = 2 * ((za + zb) * mp.mpf(sd) / mp.mpf(delta)) ** 2
    row("size_means", {"delta": delta, "sd": sd, "alpha": alpha, "power": power, "sides": sides}, {"n": int(mp.ceil(n)), "n_raw": f(n)}, 1e-9,
        Q + "definition", note=note)
for p1, p2, n, alpha, note in [(0.1, 0.1, 1000, 0.05, "equal rates"), (0.1, 0.101, 5000000, 0.05, "five million units"), (0.3, 0.5, 1, 0.05, "one unit"),
                               (0.1, 0.1001, 1000, 1e-12, "a power of 1e-12"), (0.02, 0.03, 200000, 0.05, "a power near one")]:
    a, b = mp.mpf(p1), mp.mpf(p2)
    m, za = (a + b) / 2, normal_quantile(mp.mpf(alpha) / 2, "upper")
    z = (abs(b - a) * mp.sqrt(n) - za * mp.sqrt(2 * m * (1 - m))) / mp.sqrt(a * (1 - a) + b * (1 - b))
    row("power_two_prop", {"p1": p1, "p2": p2, "n": n, "alpha": alpha}, f(normal_upper(-z)), 1e-9, Q + "definition", note=note)
# At a power of alpha/2 the size falls to 0 with the lift: the smallest lift of size n is one where it has risen to n.
for p1, n, alpha, power, note in [(0.1, 3841, 0.05, 0.8, "about two points"), (0.001, 1, 0.05, 0.025, "a power of alpha/2, and one unit"),
                                  (0.1, 1000, 0.05, 0.0251, "a power just above alpha/2"), (0.1, 5000000, 0.05, 0.8, "five million units"), (0.9, 400, 0.05, 0.8, "near one"),
                                  (1e-5, 1000000, 0.05, 0.9, "rare events"), (0.25, 10**12, 0.01, 0.99, "a lift of a millionth")]:
    za, zb = z_values(alpha, power, 2)
    rises = mp.mpf(power) == mp.mpf(alpha) / 2
    reached = lambda d: (size_two_prop(p1, mp.mpf(p1) + d, za, zb) <= n) != rises
    low, high = mp.mpf(0), None
    for i in range(1, 4001):
        d = (1 - mp.mpf(p1)) * i / 4001
        if reached(d):
            high = d
            break
        low = d
    for _ in range(170):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    row("mde_two_prop", {"p1": p1, "n": n, "alpha": alpha, "power": power}, f(high), 1e-8, Q + "grid and bisection on n_raw", note=note)

section("refused tests")
T = {"mean1": 1, "sd1": 1, "n1": 5, "mean2": 2, "sd2": 1, "n2": 5, "equal_var": False, "level": 0.95}
SIZE = {"p1": 0.1, "p2": 0.2, "alpha": 0.05, "power": 0.8, "sides": 2}
for op, inputs, code, note in [
        ("chi2_2x2", {"table": [[0, 0], [3, 4]], "yates": False}, "undefined_result", "an empty row"),
        ("chi2_2x2", {"table": [[0, 5], [0, 4]], "yates": True}, "undefined_result", "an empty column"),
        ("chi2_2x2", {"table": [[1, 2], [3, -4]], "yates": False}, "invalid_input", "a negative count"),
        ("chi2_2x2", {"table": [[1, 2, 3], [3, 4, 5]], "yates": False}, "invalid_input", "three columns"),
        ("chi2_2x2", {"table": [[1, 2], [3, 4]], "yates": 1}, "invalid_input", "a number for a boolean"),
        ("two_prop_z", {"x1": 0, "n1": 10, "x2": 0, "n2": 20}, "undefined_result", "no event at all"),
        ("two_prop_z", {"x1": 10, "n1": 10, "x2": 20, "n2": 20}, "undefined_result", "only events"),
        ("two_prop_z", {"x1": 11, "n1": 10, "x2": 2, "n2": 20}, "invalid_input", "more events than units"),
        ("two_prop_z", {"x1": 0, "n1": 0, "x2": 2, "n2": 20}, "invalid_input", "no units"),
        ("t_test", {**T, "sd1": 0, "sd2": 0}, "undefined_result", "nothing varies"),
        ("t_test", {**T, "n1": 1}, "invalid_input", "one unit has no variance"),
        ("t_test", {**T, "equal_var": "false"}, "invalid_input", "a text for a boolean"),
        ("t_test", {**T, "sd2": -1}, "invalid_input", "a negative deviation"),
        ("t_test_raw", {"x": [1, 1, 1], "y": [2, 2]}, "undefined_result", "nothing varies"),
        ("t_test_raw", {"x": [1], "y": [2, 3]}, "invalid_input", "one value"),
        ("t_test_raw", {"x": [1, 2, "3"], "y": [2, 3]}, "invalid_input", "a text in a list"),
        ("adjust_p", {"method": "hochberg", "p": [0.1]}, "invalid_input", "a method that is not offered"),
        ("adjust_p", {"method": "holm", "p": []}, "invalid_input", "an empty family"),
        ("adjust_p", {"method": "bh", "p": [0.1, 1.1]}, "invalid_input", "a p-value above one"),
        ("srm_chi2", {"observed": [0, 0], "weights": [1, 1]}, "invalid_input", "no units"),
        ("srm_chi2", {"observed": [5, 1, 6], "weights": [1, 0, 1]}, "invalid_input", "units where the weight is zero"),
        ("srm_chi2", {"observed": [5, 6], "weights": [1, 0]}, "invalid_input", "one positive weight"),
        ("srm_chi2", {"observed": [5, 6], "weights": [1, 1, 1]}, "invalid_input", "lengths that differ"),
        ("multinomial_srm_eprocess", {"weights": [1, 0], "concentration": 100, "increments": [[1, 1]]}, "invalid_input", "a weight of zero"),
        ("multinomial_srm_eprocess", {"weights": [1, 1], "concentration": 100, "increments": [[1, 1], [1]]}, "invalid_input", "a short batch"),
        ("multinomial_srm_eprocess", {"weights": [1, 1], "concentration": 100, "increments": []}, "invalid_input", "no batch"),
        ("size_two_prop", {**SIZE, "p2": 0.1}, "invalid_input", "equal rates"),
        ("size_two_prop", {**SIZE, "sides": 3}, "invalid_input", "three sides"),
        ("size_means", {"delta": 0, "sd": 1, "alpha": 0.05, "power": 0.8, "sides": 2}, "invalid_input", "no difference"),
        ("size_means", {"delta": 1e-300, "sd": 1e300, "alpha": 0.05, "power": 0.8, "sides": 2}, "undefined_result", "overflow"),
        ("power_two_prop", {"p1": 0.1, "p2": 0.2, "n": 0, "alpha": 0.05}, "invalid_input", "no units"),
        ("mde_two_prop", {"p1": 0.1, "n": 1000, "alpha": 0.05, "power": 0.025}, "undefined_result", "a power of alpha/2: the size falls to 0 with the lift"),
        ("mde_two_prop", {"p1": 0.999, "n": 10, "alpha": 0.05, "power": 0.8}, "undefined_result", "no rate below one is enough")]:
    refusal(op, inputs, code, note)
