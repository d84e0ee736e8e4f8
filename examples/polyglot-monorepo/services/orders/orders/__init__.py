"""Orders."""


def total(lines):
    """The sum of an order: lines of price and count."""
    if any(count < 1 for _, count in lines):
        raise ValueError("a line counts at least one")
    return sum(price * count for price, count in lines)
