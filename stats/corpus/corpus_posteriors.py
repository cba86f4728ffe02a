"""Rows of the posterior ops."""
from fractions import Fraction

import mpmath as mp

from corpus_rows import EXACT, Q, refusal, row, section
from corpus_special import BITS, ONE, beta_lower, beta_quantile, f, log_beta, log_kernel, normal_density, normal_quantile, normal_upper, unfixed

section("updates")
for a, b, s, n, note in [(1, 1, 0, 0, "no unit"), (1, 1, 1, 1, "one unit, one event"), (1, 1, 0, 1000000, "no event"), (0.5, 0.5, 1, 1, ""),
                         (1, 1, 5000000, 5000000, "only events"), (2.25, 7.5, 500000, 5000000, "five million units"), (1e-3, 1e-3, 1, 2, "")]:
    p, q = Fraction(a) + s, Fraction(b) + n - s
    row("beta_update", {"alpha": a, "beta": b, "successes": s, "trials": n},
        {"alpha": float(p), "beta": float(q), "mean": float(p / (p + q)), "variance": float(p * q / (p + q) ** 2 / (p + q + 1)),
         "mode": float((p - 1) / (p + q - 2)) if p > 1 and q > 1 else None}, 1e-13, EXACT, note=note)


def p_b_above_a(aa, ba, ab, bb):
    """Miller's finite sum over i < alphaB: B(aA+i, bA+bB) / ((bB+i) B(1+i, bB) B(aA, bA)), by the ratio of successive terms."""
    term, total, shifts = ONE, 0, 0
    for i in range(ab):
        total += term
        term = term * ((aa + i) * (bb + i)) // ((aa + ba + bb + i) * (1 + i))
        if term >> 2 * BITS:
            term, total, shifts = term >> BITS, total >> BITS, shifts + 1
    first = mp.exp(log_beta(mp.mpf(aa), mp.mpf(ba + bb)) - log_beta(mp.mpf(aa), mp.mpf(ba)))
    return first * unfixed(total) * mp.ldexp(1, BITS * shifts)


def both(aa, ba, ab, bb):
    """Both probabilities, from sums over different parameters that must agree."""
    v, w = p_b_above_a(aa, ba, ab, bb), p_b_above_a(ab, bb, aa, ba)
    assert abs(v + w - 1) < mp.mpf(10) ** -30
    return v, w


section("comparisons")
MILLER = Q + "Miller's sum, every term"
for aa, ba, ab, bb, note in [
        (1, 1, 1, 1, "equal variants without data"), (1, 26, 2, 25, "one event"), (1, 1000001, 2, 1000000, "one event in two million"),
        (43, 324, 43, 324, "equal variants"), (43, 324, 90, 277, ""), (500, 4500, 900, 4100, "a probability of 1e-27"),
        (8503, 36199, 8280, 37211, ""), (20001, 180001, 20501, 179501, ""), (50, 950, 20001, 380001, "very unlike widths"),
        (2, 5000, 900, 4942, "a probability of 1e-130")]:
    v, w = both(aa, ba, ab, bb)
    inputs = {"alphaA": aa, "betaA": ba, "alphaB": ab, "betaB": bb}
    tiny = min(v, w) < 1e-12
    row("prob_b_gt_a", inputs, {"p_b_gt_a": f(v), "p_a_gt_b": f(w)}, 1e-7 if tiny else 1e-9, MILLER, 0.0 if tiny else 1e-12, note)
    mean_a, mean_b = mp.mpf(aa) / (aa + ba), mp.mpf(ab) / (ab + bb)
    loss = mean_a * p_b_above_a(ab, bb, aa + 1, ba) - mean_b * p_b_above_a(ab + 1, bb, aa, ba)
    row("expected_loss", inputs, {"loss_choose_b": f(loss), "loss_choose_a": f(loss + mean_b - mean_a)},
        1e-6 if max(aa, ba, ab, bb) > 1e4 else 1e-8, Q + "Stucchio's closed form over Miller's sum", 1e-13, note)
for ab, bb, rtol, atol in [(501000, 4499000, 1e-8, 1e-12), (510000, 4490000, 1e-7, 0.0)]:
    v, w = both(500000, 4500000, ab, bb)
    row("prob_b_gt_a", {"alphaA": 500000, "betaA": 4500000, "alphaB": ab, "betaB": bb}, {"p_b_gt_a": f(v), "p_a_gt_b": f(w)}, rtol,
        MILLER, atol, "five million units in each variant")


def integer_sum_over_b(aa, ba, ab, bb):
    """The same sum where only alphaB is whole."""
    aa, ba, bb = mp.mpf(aa), mp.mpf(ba), mp.mpf(bb)
    return mp.fsum(mp.exp(log_beta(aa + i, ba + bb) - log_beta(1 + mp.mpf(i), bb) - log_beta(aa, ba)) / (bb + i) for i in range(ab))


for aa, ba, ab, bb, note in [(0.5, 0.5, 1, 0.5, ""), (8.5, 60.5, 30, 38.75, ""), (0.001, 2.5, 3, 0.25, "nearly all of A is at 0"),
                             (1e-9, 1e-9, 1, 1e-9, "all mass at the ends"), (200000.5, 1800000.25, 400, 3500.5, "a parameter above 1e5")]:
    v = integer_sum_over_b(aa, ba, ab, bb)
    row("prob_b_gt_a", {"alphaA": aa, "betaA": ba, "alphaB": ab, "betaB": bb}, {"p_b_gt_a": f(v), "p_a_gt_b": f(1 - v)}, 1e-8,
        Q + "Miller's sum over the one whole parameter", 1e-11, note)
v = mp.mpf(1) / 2
for a, b in [(0.25, 0.75), (1e-6, 3.5), (7.125, 1e6)]:
    row("prob_b_gt_a", {"alphaA": a, "betaA": b, "alphaB": a, "betaB": b}, {"p_b_gt_a": 0.5, "p_a_gt_b": 0.5}, 1e-8, "symmetry", 1e-11,
        "equal variants, parameters not whole")

# Beta(n, 1) against Beta(1, n): A = max of n uniforms, B = min; and other shapes opposed, where what is left of one loss is far below 1e-300.
for aa, ba, ab, bb in [(50000, 1, 1, 50000), (39027, 3, 3, 2914730), (270699.1924825242, 0.3134478413059195, 5.503261503488807, 1407944.1911516536),
                       (5.503261503488807, 1407944.1911516536, 270699.1924825242, 0.3134478413059195), (3, 2914730, 39027, 3),
                       (50000, 0.15, 0.1, 60000)]:
    difference = mp.mpf(aa) / (mp.mpf(aa) + ba) - mp.mpf(ab) / (mp.mpf(ab) + bb)
    # One exceeds the other only if one of them lies on the wrong side of 1/2.
    wrong = sum(beta_lower(max(a, b), min(a, b), mp.mpf(1) / 2) for a, b in ((aa, ba), (ab, bb)))
    assert wrong < mp.mpf(10) ** -2000
    inputs = {"alphaA": aa, "betaA": ba, "alphaB": ab, "betaB": bb}
    row("expected_loss", inputs, {"loss_choose_b": f(max(difference, 0)), "loss_choose_a": f(max(-difference, 0))}, 1e-6,
        Q + "difference of the means; the other loss is below 1e-2000", 1e-13, "shapes opposed")
    row("prob_b_gt_a", inputs, {"p_b_gt_a": float(difference < 0), "p_a_gt_b": float(difference > 0)}, 1e-8,
        Q + "the smaller is below 1e-2000", 1e-11, "shapes opposed")


def p_b_below_a(aa, ba, ab, bb):
    """P(B below A) as the integral over B's logit of its density times A's upper tail, in panels around the peak."""
    with mp.workdps(30):
        log = lambda u: log_kernel(ab, bb, u) + mp.log(beta_lower(ba, aa, 1 / (1 + mp.exp(u)), 1 / (1 + mp.exp(-u))))
        peak = max((mp.mpf(k) / 4 for k in range(-20, 60)), key=log)
        top = log(peak)
        return mp.exp(top) * mp.quad(lambda u: mp.exp(log(u) - top), [peak + mp.mpf(k) / 2 for k in range(-6, 12)], maxdegree=5)


for aa, ba, ab, bb in [(1.2083120226239856, 33.65550413126886, 237.32367851118255, 0.3034324745841561),
                       (1.4144667007821667, 6.664581370060104, 277.44306066004157, 1.403557264150787),
                       (0.03292208079943378, 40.170859279499915, 282.1191337384953, 0.030827134745879566)]:
    w = p_b_below_a(*(mp.mpf(v) for v in (aa, ba, ab, bb)))
    row("prob_b_gt_a", {"alphaA": aa, "betaA": ba, "alphaB": ab, "betaB": bb}, {"p_b_gt_a": f(1 - w), "p_a_gt_b": f(w)}, 1e-7,
        "mpmath 1.2.1, 30 digits: integral of B's density times A's upper tail", 0.0, "shapes opposed: the integrand is narrower than both densities")

section("intervals")
for a, b, level in [(1.0, 1.0, 0.95), (1, 1000001, 0.95), (0.5, 0.5, 0.99), (500001, 4500001, 0.95), (43, 324, 1e-6), (7.5, 83.5, 0.999999)]:
    outside = (1 - mp.mpf(level)) / 2
    row("beta_interval", {"alpha": a, "beta": b, "level": level}, [f(beta_quantile(a, b, outside)), f(beta_quantile(a, b, outside, "upper"))],
        1e-9, Q + "Newton on DLMF 8.17.8")


def beta_hdi(a, b, level):
    """Both ends by bisection over the mass below, started at the tails of equal mass."""
    outside = 1 - mp.mpf(level)

    def ends(q):
        return beta_quantile(a, b, q), beta_quantile(a, b, outside - q, "upper")

    def difference(q):
        lower, upper = ends(q)
        return (a - 1) * mp.log(lower / upper) + (b - 1) * mp.log((1 - lower) / (1 - upper))

    low, high = mp.mpf(0), outside
    for _ in range(40):
        q = (low + high) / 2
        low, high = (low, q) if difference(q) > 0 else (q, high)
    return [f(v) for v in ends(q)]


for a, b, level in [(2.0, 8.0, 0.95), (43.0, 324.0, 0.5), (30.0, 3.0, 0.999), (50001.0, 450001.0, 0.95)]:
    row("beta_hdi", {"alpha": a, "beta": b, "level": level}, beta_hdi(a, b, level), 1e-7, Q + "root of the density ratio over the mass below")


def beta_peak(a, b, level):
    """Both ends by bisection over the drop of the log density below its peak, on the logarithm of x; the mass as the integral over x."""
    a, b, level = mp.mpf(a), mp.mpf(b), mp.mpf(level)
    mode = (a - 1) / (a + b - 2)
    height = lambda x, y: (a - 1) * mp.log(x) + (b - 1) * mp.log(y)
    top = height(mode, 1 - mode)

    def end(drop, power, other, m):
        """ln x at the drop, below the mode m; the other end is the same with the parameters exchanged."""
        fall = lambda s: top - power * s - other * mp.log1p(-mp.exp(s))
        high = mp.log(m)
        low = high - 1 - 2 * drop / power
        for _ in range(180):
            middle = (low + high) / 2
            low, high = (middle, high) if fall(middle) > drop else (low, middle)
        return low

    def mass(drop):
        low, high = end(drop, a - 1, b - 1, mode), end(drop, b - 1, a - 1, 1 - mode)
        if level > mp.mpf("0.01"):
            tail = lambda p, q, s: mp.exp(p * s - mp.log(p) - log_beta(p, q)) if s < -120 else beta_lower(p, q, mp.exp(s))
            return 1 - tail(a, b, low) - tail(b, a, high)
        return mp.exp(top - log_beta(a, b)) * mp.quad(lambda x: mp.exp(height(x, 1 - x) - top), [mp.exp(low), mode, -mp.expm1(high)])

    low, high = 3 * mp.log(level) - 5, mp.log(1 - mp.log(1 - level)) + 2
    for _ in range(110):
        middle = (low + high) / 2
        low, high = (middle, high) if mass(mp.exp(middle)) < level else (low, middle)
    drop = mp.exp(high)
    return [f(mp.exp(end(drop, a - 1, b - 1, mode))), f(-mp.expm1(end(drop, b - 1, a - 1, 1 - mode)))]


for a, b, level, note in [(2, 50000, 1e-8, "a narrow interval far from the middle"), (1.025902592862397, 918861.1977119549, 1e-6, "a peak next to 0"),
                          (2, 5, 1e-10, "an interval of relative width 2e-10"), (2, 8, 0.0099, "just below a hundredth"), (2, 8, 0.0101, "just above"),
                          (1.0037202972746881, 8.421450067307298, 0.95, "the lower end is 4e-310"), (1.0001, 1.5, 0.5, "the lower end underflows")]:
    row("beta_hdi", {"alpha": a, "beta": b, "level": level}, beta_peak(a, b, level), 1e-7, Q + "bisection over the drop of the log density",
        5e-324 if note == "the lower end is 4e-310" else 0.0, note)
row("beta_hdi", {"alpha": 0.5, "beta": 40, "level": 0.9}, [0.0, f(beta_quantile(0.5, 40, mp.mpf(0.9)))], 1e-7, Q + "Newton on DLMF 8.17.8",
    note="from 0, where the density is infinite")
row("beta_hdi", {"alpha": 40, "beta": 1, "level": 0.9}, [f((1 - mp.mpf(0.9)) ** (mp.mpf(1) / 40)), 1.0], 1e-7, "closed form x^40", note="up to 1")

section("normal posteriors")
for m, v, e, s, note in [(0.0, 1.0, 8.0, 0.5, ""), (0.0, 1e-4, -0.02, 0.0005, "P of 1e-300"), (1.0, 4.0, 1.5, 0.04, "z of 37"),
                         (0.0, 1e6, 0.001, 0.002, "nearly flat prior"), (0.0, 1.0, 0.0, 1.0, "no effect")]:
    pm, pv, est, se = (mp.mpf(z) for z in (m, v, e, s))
    w = 1 / pv + 1 / se ** 2
    mean, sd = (pm / pv + est / se ** 2) / w, 1 / mp.sqrt(w)
    z, q = mean / sd, normal_quantile(mp.mpf("0.975"))
    row("normal_posterior", {"prior_mean": m, "prior_variance": v, "estimate": e, "se": s},
        {"mean": f(mean), "sd": f(sd), "p_gt_0": f(normal_upper(-z)), "ci95": [f(mean - q * sd), f(mean + q * sd)],
         "risk_ship": f(sd * normal_density(z) - mean * normal_upper(z))}, 1e-10, Q + "definition", 1e-15, note)

section("refused posteriors")
BELIEFS = {"alphaA": 2, "betaA": 5, "alphaB": 3, "betaB": 4}
for op, inputs, code, note in [
        ("beta_update", {"alpha": 1, "beta": 1, "successes": 3, "trials": 2}, "invalid_input", "more events than units"),
        ("beta_update", {"alpha": 1, "beta": 1, "successes": 1.5, "trials": 2}, "invalid_input", "half an event"),
        ("beta_update", {"alpha": 0, "beta": 1, "successes": 1, "trials": 2}, "invalid_input", "alpha of zero"),
        ("prob_b_gt_a", {**BELIEFS, "alphaA": 0}, "invalid_input", "alpha of zero"),
        ("prob_b_gt_a", {**BELIEFS, "betaB": "4"}, "invalid_input", "a number in quotes"),
        ("expected_loss", {**BELIEFS, "betaA": -5}, "invalid_input", "a negative parameter"),
        ("expected_loss", {k: v for k, v in BELIEFS.items() if k != "betaB"}, "invalid_input", "a field is missing"),
        ("beta_interval", {"alpha": 1, "beta": 1, "level": 1}, "invalid_input", "a level of one"),
        ("beta_hdi", {"alpha": 1, "beta": 1, "level": 0.95}, "undefined_result", "no single peak"),
        ("beta_hdi", {"alpha": 0.5, "beta": 0.5, "level": 0.95}, "undefined_result", "two peaks"),
        ("beta_hdi", {"alpha": 2, "beta": 2, "level": 0}, "invalid_input", "a level of zero"),
        ("normal_posterior", {"prior_mean": 0, "prior_variance": 0, "estimate": 1, "se": 1}, "invalid_input", "no prior variance"),
        ("normal_posterior", {"prior_mean": 0, "prior_variance": 1, "estimate": 1, "se": 0}, "invalid_input", "no standard error")]:
    refusal(op, inputs, code, note)
