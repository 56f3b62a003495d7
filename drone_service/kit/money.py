"""Whole đồng. Amounts are integers everywhere; this is where a fraction becomes one."""

from decimal import ROUND_HALF_UP, Decimal

MAX_VND = 10**15
"""A quadrillion đồng: far above any bill, far below the edge of a 64-bit column."""


def round_vnd(amount: Decimal | float | int) -> int:
    """Round an amount to whole đồng, halves away from zero as people do by hand.

    The đồng has no minor unit in use, so this is the only rounding of money in the product; it happens
    once per line of a bill, and totals are sums of rounded lines.
    """
    exact = amount if isinstance(amount, Decimal) else Decimal(repr(amount) if isinstance(amount, float) else amount)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
