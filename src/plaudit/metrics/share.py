"""The interval of a share."""

import math

Z95 = 1.959963984540054


def wilson(successes: float, n: float) -> tuple[float, float]:
    """Return the 95 % interval of a share after Wilson (1927), which stays inside [0, 1].

    Parameters
    ----------
    successes : float
        How often it happened; halves are allowed, where ties count for both sides.
    n : float
        Number of cases, above 0.

    Returns
    -------
    (float, float)
        Low and high.

    Examples
    --------
    >>> [round(end, 3) for end in wilson(8, 10)]
    [0.49, 0.943]
    """
    share = successes / n
    middle = share + Z95**2 / (2 * n)
    half = Z95 * math.sqrt(share * (1 - share) / n + Z95**2 / (4 * n * n))
    whole = 1 + Z95**2 / n
    return max((middle - half) / whole, 0.0), min((middle + half) / whole, 1.0)
