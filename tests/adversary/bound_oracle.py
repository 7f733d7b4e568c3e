"""Is a bound true? Compared with codes that exist, and its argument carried out again by other means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath as mp
from adversary import three_point_oracle
from adversary.exact import DIGITS, Unreadable, fraction, mpf, real
from adversary.known import ROUNDING, attained, most_points, optimum
from adversary.opinion import Opinion, false, true, undecided
from adversary.polynomials import TINY, expanded, levenshtein, linear_programming, multiply, value

#: Points at which the potential is compared with the polynomial below it, before the lowest places are refined.
_SAMPLES = 400
_REFINEMENTS = 80


def judge(certificate: Mapping[str, Any]) -> Opinion:
    """Return what is thought of the claim of a bound certificate."""
    with mp.workdps(DIGITS):
        try:
            if certificate["schema"] != "sphcode.bound-certificate/1":
                return false("another schema")
            if certificate["kind"] == "energy":
                return _energy(certificate)
            return _bound(certificate)
        except (Unreadable, KeyError, TypeError, ValueError, IndexError) as error:
            return undecided(f"unreadable: {type(error).__name__} {error}")


def _bound(certificate: Mapping[str, Any]) -> Opinion:
    dim, claim, antipodal = certificate["dim"], certificate["claim"], certificate.get("antipodal", False)
    if type(dim) is not int or dim < 2 or type(antipodal) is not bool:
        return false("the dimension is no integer >= 2, or antipodal no truth value")
    if "n_points" in claim:
        known, n_points, cosine = {"n_points", "max_cosine_at_least"}, claim["n_points"], claim["max_cosine_at_least"]
        if type(n_points) is not int or n_points < 2:
            return false("the number of points is no integer >= 2")
    else:
        known, n_points, cosine = {"max_cosine", "n_points_at_most"}, None, claim["max_cosine"]
    if set(claim) != known:
        return false(f"the claim says something else too: {sorted(set(claim) - known)}")
    cosine = real(cosine)
    if not -1 <= cosine < 1:
        return false("the cosine is not in [-1, 1)")
    if n_points is not None:
        if antipodal and n_points % 2:
            return true("there are no antipodal codes of this size")
        if cosine > attained(dim, n_points, antipodal) + ROUNDING:
            return false("a code that exists has a smaller max cosine")
        limit = mp.mpf(n_points)
    else:
        limit = mpf(fraction(claim["n_points_at_most"]))
        if most_points(dim, cosine, antipodal) > limit + TINY:
            return false("a code that exists has more points")
    return _ARGUMENTS[str(certificate["kind"])](_Question(dim, cosine, n_points, limit, antipodal, certificate))


class _Question:
    def __init__(
        self, dim: int, cosine: mp.mpf, n_points: int | None, limit: mp.mpf, antipodal: bool, content: Mapping[str, Any]
    ) -> None:
        self.dim, self.cosine, self.n_points, self.limit = dim, cosine, n_points, limit
        self.antipodal, self.content = antipodal, content

    def at_most(self, most: mp.mpf | None, why: str, *, increasing: bool) -> Opinion:
        """Compare the claim with the statement that codes with this cosine have at most `most` points.

        A code of n_points points with a smaller cosine is excluded too if the statement is stronger there.
        """
        if most is None:
            return false(why)
        slack = self.limit - most
        if slack > TINY * self.limit or (abs(slack) <= TINY * self.limit and (increasing or self.n_points is None)):
            return true(f"{why}: at most {mp.nstr(most, 15)}")
        return false(f"{why}: it allows {mp.nstr(most, 15)}")


def _rankin(question: _Question) -> Opinion:
    if question.n_points is not None:
        if question.antipodal and question.n_points > 2:
            best = mp.mpf(0)
        elif question.dim == 2:
            best = max(mp.mpf(-1) / (question.n_points - 1) if question.n_points <= 3 else mp.mpf(0), mp.mpf(-1))
        else:
            best = optimum(question.dim, min(question.n_points, 2 * question.dim))
        return true("Rankin") if question.cosine <= best else false("Rankin's theorem says less")
    s = question.cosine
    if s > 0:
        return false("Rankin's theorem says nothing at positive cosines")
    return question.at_most(
        mp.mpf(2 * question.dim) if s == 0 else min(1 - 1 / s, mp.mpf(question.dim + 1)), "Rankin", increasing=True
    )


def _orthoplex(question: _Question) -> Opinion:
    if not question.antipodal or question.n_points is None:
        return false("the orthoplex bound is about antipodal codes of a given size")
    # x x' - 1/d in a space of d (d + 1) / 2 - 1 dimensions: more than 2 of these + 2 lines have a nonnegative product.
    lines, space = question.n_points // 2, question.dim * (question.dim + 1) // 2 - 1
    square = mp.mpf(1) / question.dim if lines > space + 1 else mp.mpf(0)
    holds = question.cosine <= mp.sqrt(square) + TINY and (question.n_points > 2 or question.cosine <= -1)
    return true("the orthoplex bound") if holds else false("the orthoplex bound says less")


def _polygon(question: _Question) -> Opinion:
    if question.dim != 2:
        return false("polygons are plane")
    return question.at_most(2 * mp.pi / mp.acos(question.cosine), "the circle", increasing=True)


def _fejes_toth(question: _Question) -> Opinion:
    """2 N - 4 triangles of the least area cover the sphere; an equilateral one has angles with cos A = c / (1 + c)."""
    c = question.cosine
    if question.dim != 3 or c <= mp.mpf(-1) / 2:
        return false("the theorem is about the sphere, from three points on")
    area = 3 * mp.acos(c / (1 + c)) - mp.pi
    return question.at_most(2 + 2 * mp.pi / area, "area of triangles", increasing=True)


def schlaefli(n: int, angle: mp.mpf) -> mp.mpf:
    """Return Schlaefli's function of a regular simplex, by its integral."""
    if n <= 1:
        return mp.mpf(1)
    start = mp.acos(mp.mpf(1) / (n - 1)) / 2 if n > 2 else mp.mpf(0)
    if n <= 3:
        return 2 / mp.pi * (angle - start)
    inner = lambda theta: mp.acos(min(1 / (1 / mp.cos(2 * theta) - 2), mp.mpf(1))) / 2  # noqa: E731
    integrand = lambda theta: schlaefli(n - 2, inner(theta))  # noqa: E731
    return 2 / mp.pi * mp.quad(integrand, [start, angle])


def _coxeter(question: _Question) -> Opinion:
    if question.dim < 3 or question.cosine <= 0:
        return false("the simplex bound is about three dimensions and more and positive cosines")
    if question.dim > 5:
        return undecided("the integral takes too long")
    with mp.workdps(25):
        angle = mp.acos(1 / (1 / question.cosine + question.dim - 2)) / 2
        most = 2 * schlaefli(question.dim - 1, angle) / schlaefli(question.dim, angle)
        # The quadrature is good to about 20 digits, and some claims are as sharp as 16.
        slack = (question.limit - most) / question.limit
        if abs(slack) < mp.mpf(10) ** -16:
            return undecided("closer than the quadrature")
        return true("density in a simplex") if slack > 0 else false(f"the simplex bound allows {mp.nstr(most, 15)}")


def _cap_volume(question: _Question) -> Opinion:
    half = mp.acos(question.cosine) / 2
    if question.dim < 2 or half >= mp.pi / 2:
        return false("no cap of half the angle")
    with mp.workdps(25):
        density = lambda x: mp.sin(x) ** (question.dim - 2)  # noqa: E731
        most = mp.quad(density, [0, mp.pi / 2, mp.pi]) / mp.quad(density, [0, half])
    return question.at_most(+most, "area of caps", increasing=True)


def _levenshtein(question: _Question) -> Opinion:
    if question.dim < 3:
        return false("Levenshtein's bound is used from three dimensions on")
    return question.at_most(levenshtein(question.dim, question.cosine), "Levenshtein's polynomials", increasing=True)


def _lines(power: int) -> Callable[[_Question], Opinion]:
    def argument(question: _Question) -> Opinion:
        if not question.antipodal or question.cosine < 0:
            return false("the theorem is about antipodal codes")
        even = [-(question.cosine**2), mp.mpf(0), mp.mpf(1)]
        polynomial = multiply([mp.mpf(0)] * power + [mp.mpf(1)], even)
        most, why = linear_programming(question.dim, polynomial, question.cosine, antipodal=True)
        return question.at_most(most, why, increasing=True)

    return argument


def _delsarte(question: _Question) -> Opinion:
    weights = [fraction(text) for text in question.content["coefficients"]]
    polynomial = [mpf(entry) for entry in expanded(question.dim, weights)]
    most, why = linear_programming(question.dim, polynomial, question.cosine, question.antipodal)
    return question.at_most(most, why, increasing=False)


def _delsarte_zeros(question: _Question) -> Opinion:
    if question.n_points is None:
        return false("the certificate is about a number of points")
    zeros = [(real(zero), power) for zero, power in question.content["zeros"]]
    if any(type(power) is not int or power < 1 for _, power in zeros):
        return false("multiplicities are positive integers")
    polynomial = [real(entry) for entry in question.content.get("cofactor", ["1"])]
    for zero, power in zeros:
        for _ in range(power):
            polynomial = multiply(polynomial, [-zero, mp.mpf(1)])
    zeros.sort()
    s = question.cosine
    if abs(zeros[-1][0] - s) > TINY or zeros[-1][1] != 1:
        return false("the cosine is not the largest zero")
    most, why = linear_programming(question.dim, polynomial, s)
    if most is None:
        return false(why)
    if abs(most - question.n_points) > mp.mpf(10) ** -30:
        return false(f"the polynomial allows {mp.nstr(most, 20)} points")
    return _no_code_below(question, max((zero for zero, _ in zeros[:-1] if zero >= -1), default=mp.mpf(-1)))


def _no_code_below(question: _Question, cosine: mp.mpf) -> Opinion:
    """Where a bound is attained, all cosines are zeros; the largest of those below s leaves room for fewer points."""
    if cosine < 0:
        most = mp.mpf(1) if cosine == -1 else 1 - 1 / cosine
        if question.n_points == 2 and cosine == -1:
            most = mp.mpf(2)
        most = min(most, mp.mpf(question.dim + 1))
    else:
        most = mp.mpf(2 * question.dim) if cosine == 0 else levenshtein(question.dim, cosine)
    assert question.n_points is not None
    if most < question.n_points:
        return true("attained, and no code has its cosines among the smaller zeros")
    return false("codes with cosines among the smaller zeros are not excluded")


def _three_point(question: _Question) -> Opinion:
    found = three_point_oracle.sampled(question.content, question.cosine)
    if isinstance(found, str):
        return false(found)
    points = question.n_points or int(mp.floor(question.limit)) + 1
    room = 1 - found.pair_excess - (points - 2) * found.triple_excess
    if room <= 0:
        return false("the inequalities fail by too much")
    most = 1 + found.value / room
    holds = most < points if question.n_points is not None else most <= question.limit
    why = f"pairs and triples sampled: at most {mp.nstr(most, 15)}"
    return true(why) if holds else false(why)


def _three_point_exact(question: _Question) -> Opinion:
    found = three_point_oracle.sampled(question.content, question.cosine)
    if isinstance(found, str):
        return false(found)
    if question.n_points is None or abs(found.value + 1 - question.n_points) > mp.mpf(10) ** -30:
        return false(f"the certificate allows {mp.nstr(found.value + 1, 20)} points")
    if max(found.pair_excess, found.triple_excess) > mp.mpf(10) ** -30:
        return false("the inequalities fail")
    slack = three_point_oracle.pair_polynomial(question.content)
    scale = max(abs(entry) for entry in slack)
    while slack and abs(slack[-1]) <= scale * mp.mpf(10) ** -30:
        slack.pop()
    if len(slack) < 2:
        return false("the inequality for pairs is an equality everywhere")
    roots = mp.polyroots(slack[::-1], maxsteps=1000, extraprec=500, error=False)
    near = mp.mpf(10) ** -12  # double roots are found to half the digits
    places = [mp.re(root) for root in roots if abs(mp.im(root)) < near and mp.re(root) >= -1 - near]
    below = [max(place, mp.mpf(-1)) for place in places if place < question.cosine - near]
    return _no_code_below(question, max(below, default=mp.mpf(-1)))


_ARGUMENTS: dict[str, Callable[[_Question], Opinion]] = {
    "rankin": _rankin,
    "orthoplex": _orthoplex,
    "polygon": _polygon,
    "fejes-toth": _fejes_toth,
    "coxeter-boeroeczky": _coxeter,
    "cap-volume": _cap_volume,
    "levenshtein": _levenshtein,
    "welch": _lines(0),
    "levenshtein-lines": _lines(2),
    "delsarte": _delsarte,
    "delsarte-zeros": _delsarte_zeros,
    "three-point": _three_point,
    "three-point-exact": _three_point_exact,
}


def _energy(certificate: Mapping[str, Any]) -> Opinion:
    dim, claim = certificate["dim"], certificate["claim"]
    n_points, name, claimed = claim["n_points"], claim["potential"], fraction(claim["mean_energy_at_least"])
    known = {"n_points", "potential", "mean_energy_at_least"} | ({"parameter"} if name != "logarithmic" else set())
    if set(claim) != known or type(dim) is not int or type(n_points) is not int or min(dim, n_points) < 2:
        return false("the claim says something else too, or its sizes are no integers >= 2")
    parameter = mpf(fraction(claim["parameter"])) if name != "logarithmic" else None
    potentials: dict[str, Callable[[mp.mpf], mp.mpf]] = {
        "riesz": lambda t: (2 - 2 * t) ** (-parameter / 2),
        "logarithmic": lambda t: -mp.log(2 - 2 * t) / 2,
        "gaussian": lambda t: mp.exp(-parameter * (2 - 2 * t)),
    }
    h = potentials[name]
    for simplex in range(2, min(dim + 1, n_points) + 1):
        if simplex == n_points and h(mp.mpf(-1) / (simplex - 1)) < mpf(claimed) - TINY:
            return false("a simplex has less energy")
    if n_points == 2 * dim and (h(mp.mpf(-1)) + h(mp.mpf(0)) * (n_points - 2)) / (n_points - 1) < mpf(claimed) - TINY:
        return false("a cross polytope has less energy")
    weights = [fraction(text) for text in certificate["coefficients"]]
    if min(weights[1:]) < 0:
        return false("a coefficient is negative")
    if (weights[0] * n_points - sum(weights)) / (n_points - 1) < claimed:
        return false("the polynomial gives less")
    with mp.workdps(40):
        f = [mpf(entry) for entry in expanded(dim, weights)]
        lowest = _lowest(lambda t: h(t) - value(f, t))
    return true("below the potential, as sampled") if lowest > -(mp.mpf(10) ** -25) else false("above the potential")


def _lowest(gap: Callable[[mp.mpf], mp.mpf]) -> mp.mpf:
    """Return the least value on [-1, 1) over Chebyshev points, after refinement around the local minima among them."""
    places = [-mp.cos(mp.pi * k / _SAMPLES) for k in range(_SAMPLES)]
    heights = [gap(place) for place in places]
    lowest = min(heights)
    for k in range(1, _SAMPLES - 1):
        if heights[k] <= min(heights[k - 1], heights[k + 1]):
            left, right = places[k - 1], places[k + 1]
            for _ in range(_REFINEMENTS):
                first, second = left + (right - left) / 3, right - (right - left) / 3
                left, right = (left, second) if gap(first) < gap(second) else (first, right)
            lowest = min(lowest, gap((left + right) / 2))
    return lowest
