"""Special functions that neither Python nor NumPy has."""

from __future__ import annotations

import math
from statistics import NormalDist

TINY = 1e-300
TERMS = 10_000
"""Of a series or a continued fraction, at most."""

LANCZOS = (
    0.99999999999999709182,
    57.156235665862923517,
    -59.597960355475491248,
    14.136097974741747174,
    -0.49191381609762019978,
    0.33994649984811888699e-4,
    0.46523628927048575665e-4,
    -0.98374475304879564677e-4,
    0.15808870322491248884e-3,
    -0.21026444172410488319e-3,
    0.21743961811521264320e-3,
    -0.16431810653676389022e-3,
    0.84418223983852743293e-4,
    -0.26190838401581408670e-4,
    0.36899182659531622704e-5,
)
"""Of Lanczos' approximation of the gamma function with g = 607/128 (P. Godfrey, A note on the computation of the
convergent Lanczos complex gamma approximation, 2001)."""


def lanczos(x: float) -> float:
    """The sum S in Lanczos' approximation: gamma(x) = S sqrt(2 pi) / x * (x + h)^(x + 1/2) e^-(x + h), h = g + 1/2."""
    return LANCZOS[0] + sum(weight / (x + index) for index, weight in enumerate(LANCZOS[1:], 1))


def digamma(x: float) -> float:
    """The derivative of log gamma; at its poles, 0 and below, -Infinity, as in the service's reference."""
    if x <= 0 and x == math.floor(x):
        return -math.inf
    if x < 0:
        return digamma(1 - x) - math.pi / math.tan(math.pi * x)
    shift = 0.0
    while x < 10:
        shift -= 1 / x
        x += 1
    square = 1 / (x * x)
    # Bernoulli numbers over 2n: the asymptotic series, from 10 on good to 1e-15.
    series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132))))
    return shift + math.log(x) - 1 / (2 * x) - series


def trigamma(x: float) -> float:
    """The second derivative of log gamma; infinite at its poles."""
    if x <= 0 and x == math.floor(x):
        return math.inf
    if x < 0:
        return (math.pi / math.sin(math.pi * x)) ** 2 - trigamma(1 - x)
    shift = 0.0
    while x < 10:
        shift += 1 / (x * x)
        x += 1
    square = 1 / (x * x)
    series = 1 / 6 - square * (1 / 30 - square * (1 / 42 - square * (1 / 30 - square * 5 / 66)))
    return shift + 1 / x + square / 2 + square / x * series


def erf_inv(x: float) -> float:
    """The inverse of the error function; infinite at -1 and 1, not a number beyond."""
    if abs(x) >= 1:
        return math.copysign(math.inf, x) if abs(x) == 1 else math.nan
    return NormalDist().inv_cdf((x + 1) / 2) / math.sqrt(2)


def erfc_inv(x: float) -> float:
    """The inverse of the complement of the error function."""
    if not 0 < x < 2:
        return {0.0: math.inf, 2.0: -math.inf}.get(x, math.nan)
    return -NormalDist().inv_cdf(x / 2) / math.sqrt(2)


def gamma_share(x: float, a: float) -> float:
    """The regularized lower incomplete gamma function, by its series or, far from 0, Lentz's continued fraction."""
    if not (x >= 0 and a > 0) or math.isinf(a):
        return math.nan
    if x == 0 or math.isinf(x):
        return float(x > 0)
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        total = term = 1 / a
        for step in range(1, TERMS):
            term *= x / (a + step)
            total += term
            if term < total * 1e-16:
                break
        return front * total
    b = x + 1 - a
    c, d = 1 / TINY, 1 / (b or TINY)
    fraction = d
    for step in range(1, TERMS):
        numerator = step * (a - step)
        b += 2
        d = 1 / (numerator * d + b or TINY)
        c = b + numerator / c or TINY
        fraction *= c * d
        if abs(1 - c * d) < 1e-15:
            break
    return 1 - front * fraction


def beta_share(x: float, a: float, b: float) -> float:
    """The regularized incomplete beta function, by Lentz's evaluation of its continued fraction."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    fraction, c, d = 1.0, 1.0, 0.0
    for term in range(TERMS):
        half = term // 2
        if term == 0:
            numerator = 1.0
        elif term % 2 == 0:
            numerator = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        else:
            numerator = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        d = 1 / (1 + numerator * d or TINY)
        c = 1 + numerator / c or TINY
        fraction *= c * d
        if abs(1 - c * d) < 1e-15:
            break
    return front * (fraction - 1) / a
