"""Special functions from their definitions, at the working precision of mpmath."""
import mpmath as mp

# Fixed-point numbers: whole numbers of units of 2^-BITS.
BITS = 330
ONE = 1 << BITS


def f(x):
    return float(x)


def fixed(x):
    return int(mp.nint(mp.ldexp(mp.mpf(x), BITS)))


def unfixed(n):
    return mp.ldexp(mp.mpf(n), -BITS)


# Normal. ------------------------------------------------------------------------------------------------------------------------

def normal_upper(x):
    return mp.erfc(mp.mpf(x) / mp.sqrt(2)) / 2


def normal_density(x):
    return mp.exp(-mp.mpf(x) ** 2 / 2) / mp.sqrt(2 * mp.pi)


def normal_quantile(p, tail="lower"):
    """The x with that tail equal to p, by Newton's method on the logarithm of the smaller tail."""
    p = mp.mpf(p)
    small = min(p, 1 - p)
    x = mp.sqrt(-2 * mp.log(small)) if small < mp.mpf("0.1") else mp.mpf(0)
    for _ in range(200):
        tail_at_x = normal_upper(x)
        step = mp.log(tail_at_x / small) * tail_at_x / normal_density(x)
        x += step
        if abs(step) < mp.mpf(10) ** -42 * max(1, abs(x)):
            break
    outward = (tail == "upper") == (p < mp.mpf("0.5"))
    return x if outward else -x


# Beta. --------------------------------------------------------------------------------------------------------------------------

def log_beta(a, b):
    with mp.extradps(20):
        return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def log_kernel(a, b, u):
    """Log density of the logit of a beta variable."""
    u = mp.mpf(u)
    return -a * mp.log1p(mp.exp(-u)) - b * mp.log1p(mp.exp(u)) - log_beta(a, b)


def _beta_series(a, b, x, y):
    """I_x(a, b) = x^a y^b / (a B(a, b)) (1 + sum of (a+b)...(a+b+n) / ((a+1)...(a+1+n)) x^(n+1)), DLMF 8.17.8: every term positive."""
    scale = 1 << 240
    top, bottom, x_fixed = int(mp.nint((a + b) * scale)), int(mp.nint((a + 1) * scale)), fixed(x)
    term = total = ONE
    while term:
        term = (term * x_fixed >> BITS) * top // bottom
        total += term
        top += scale
        bottom += scale
        if term < total >> 250 and top * x_fixed < bottom << BITS:
            break
    return mp.exp(a * mp.log(x) + b * mp.log(y) - mp.log(a) - log_beta(a, b)) * unfixed(total)


def beta_lower(a, b, x, y=None):
    a, b, x = mp.mpf(a), mp.mpf(b), mp.mpf(x)
    y = 1 - x if y is None else y
    # Where one parameter is far smaller the series about its end is short, and the extra digits bear the subtraction.
    if b > 100 * a and b * x < 100 and x < y:
        return _beta_series(a, b, x, y)
    if a > 100 * b and a * y < 100 and y < x:
        with mp.extradps(40):
            return 1 - _beta_series(b, a, y, x)
    return _beta_series(a, b, x, y) if x * (a + b) <= a else 1 - _beta_series(b, a, y, x)


def beta_tail(a, b, x, tail):
    x = mp.mpf(x)
    return beta_lower(a, b, x) if tail == "lower" else beta_lower(b, a, 1 - x, x)


def beta_quantile(a, b, p, tail="lower"):
    """By Newton's method for the logit, on the logarithm of the asked tail, steps of at most 2."""
    a, b, target = mp.mpf(a), mp.mpf(b), mp.mpf(p)
    if target > mp.mpf("0.5"):
        target, tail = 1 - target, "upper" if tail == "lower" else "lower"
    u = mp.log(a / b)
    for _ in range(400):
        x, y = 1 / (1 + mp.exp(-u)), 1 / (1 + mp.exp(u))
        value = beta_lower(a, b, x, y) if tail == "lower" else beta_lower(b, a, y, x)
        step = mp.log(value / target) * value / mp.exp(log_kernel(a, b, u))
        step = max(min(step, mp.mpf(2)), mp.mpf(-2))
        u -= step if tail == "lower" else -step
        if abs(step) < mp.mpf(10) ** -18:
            break
    return 1 / (1 + mp.exp(-u))


# Student. -----------------------------------------------------------------------------------------------------------------------

def t_density(t, df):
    t, df = mp.mpf(t), mp.mpf(df)
    return mp.exp(mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - (df + 1) / 2 * mp.log1p(t * t / df)) / mp.sqrt(df * mp.pi)


def t_upper(t, df):
    """P(T > t), t at least 0."""
    t, df = mp.mpf(t), mp.mpf(df)
    if df < 2000:
        return beta_lower(df / 2, mp.mpf("0.5"), df / (df + t * t), t * t / (df + t * t)) / 2
    # Panels follow the decay of the tail, which is about t per unit; relative to the density at their start, at 30 digits.
    with mp.workdps(30):
        constant = mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(df * mp.pi) / 2
        log_density = lambda s: constant - (df + 1) / 2 * mp.log1p(s * s / df)
        width, base, total, low = 1 / max(t, mp.mpf(1)), log_density(t), mp.mpf(0), t
        while True:
            part = mp.quad(lambda s: mp.exp(log_density(s) - base), [low, low + width])
            total += part
            low += width
            if part < total * mp.mpf(10) ** -25:
                return total * mp.exp(base)


def t_quantile(p, df, tail="lower"):
    p = mp.mpf(p)
    small = min(p, 1 - p)
    t = normal_quantile(small, "upper") if df > 20 else mp.mpf(1)
    for _ in range(400):
        value = t_upper(t, df)
        new = t * mp.exp(mp.log(value / small) * value / t_density(t, df) / t)
        new = min(max(new, t / 8), t * 8)
        done = abs(new - t) < t * mp.mpf(10) ** -20
        t = new
        if done:
            break
    return t if (tail == "upper") == (p < mp.mpf("0.5")) else -t


# Chi-square. --------------------------------------------------------------------------------------------------------------------

def chi2_tail(x, df, tail):
    a, h = mp.mpf(df) / 2, mp.mpf(x) / 2
    if df < 2000:
        return mp.gammainc(a, 0, h, regularized=True) if tail == "lower" else mp.gammainc(a, h, mp.inf, regularized=True)
    # e^-h h^a / Gamma(a+1) (1 + h/(a+1) + ...), DLMF 8.7.1, at enough digits for the other tail to be its complement.
    with mp.extradps(30):
        term = total = mp.mpf(1)
        n = 1
        while term > total * mp.mpf(10) ** -75:
            term *= h / (a + n)
            total += term
            n += 1
        lower = mp.exp(a * mp.log(h) - h - mp.loggamma(a + 1)) * total
        return lower if tail == "lower" else 1 - lower


def chi2_quantile(p, df, tail="lower"):
    p, df = mp.mpf(p), mp.mpf(df)
    x = df
    for _ in range(400):
        value = chi2_tail(x, df, tail)
        density = mp.exp((df / 2 - 1) * mp.log(x / 2) - x / 2 - mp.loggamma(df / 2)) / 2
        step = mp.log(value / p) * value / density / x * (-1 if tail == "lower" else 1)
        step = max(min(step, mp.mpf(2)), mp.mpf(-2))
        x *= mp.exp(step)
        if abs(step) < mp.mpf(10) ** -25:
            break
    return x
