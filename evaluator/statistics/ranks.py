"""Ranks, ties and inversions of items whose weights change from resample to resample."""

import numpy

from evaluator.statistics.bootstrap import Counts, Floats


class WeightedRanks:
    """Where each item is among all.

    Args:
        values: The items' values, shape (items,).
    """

    def __init__(self, values: Floats) -> None:
        self._order = numpy.argsort(values, kind="stable")
        ordered = values[self._order]
        self._below = numpy.searchsorted(ordered, values, side="left")
        self._up_to = numpy.searchsorted(ordered, values, side="right")

    def twice_below(self, weights: Counts) -> Counts:
        """Return twice the weight below each item's value plus the weight at it.

        Were each unit of weight an item, that is one less than twice the mid-rank.

        Args:
            weights: Shape (resamples, items).

        Returns:
            Shape (resamples, items), from 0 to twice a resample's weight.
        """
        sums = numpy.zeros((len(weights), len(self._order) + 1), dtype=numpy.int64)
        numpy.cumsum(weights.take(self._order, axis=1), axis=1, out=sums[:, 1:])
        return sums.take(self._below, axis=1) + sums.take(self._up_to, axis=1)


class WeightedTies:
    """How many pairs of units have equal values.

    Args:
        values: The items' values, shape (items,).
    """

    def __init__(self, values: Floats) -> None:
        self._order = numpy.argsort(values, kind="stable")
        ordered = values[self._order]
        self._last = numpy.flatnonzero(numpy.append(ordered[1:] != ordered[:-1], [True]))

    def count(self, weights: Counts) -> Counts:
        """Return the ordered pairs of tied units, each unit with itself among them.

        Args:
            weights: Units an item stands for, shape (resamples, items).

        Returns:
            Shape (resamples,).
        """
        sums = numpy.cumsum(weights.take(self._order, axis=1), axis=1)
        equal = numpy.diff(sums.take(self._last, axis=1), axis=1, prepend=0)
        pairs: Counts = numpy.einsum("rv,rv->r", equal, equal)
        return pairs


class WeightedInversions:
    """How many pairs of units two values put into opposite orders.

    Items are sorted by one value. Two codes of the other are in the wrong order if the first of
    them has a 1 at the highest bit where they differ. So for each bit, items of equal higher bits
    stand together, and each with a 0 counts those with a 1 before it. The sorting is the same for
    every resample, which is why this beats the merge sort of Knight (1966, JASA 61:436).

    Args:
        first: The items' one value, shape (items,).
        second: Their other value, shape (items,). No two items agree in both.
    """

    def __init__(self, first: Floats, second: Floats) -> None:
        codes = [numpy.unique(values, return_inverse=True)[1] for values in (first, second)]
        codes.sort(key=lambda code: int(code.max(initial=0)))
        order = numpy.lexsort(codes)
        code = codes[0][order]
        self._bits = []
        for bit in range(int(code.max(initial=0)).bit_length()):
            place = numpy.argsort(code >> (bit + 1), kind="stable")
            ones = (code[place] >> bit) & 1
            block = code[place] >> (bit + 1)
            ones_before = numpy.cumsum(ones) - ones
            at_start = ones_before[numpy.searchsorted(block, block)]
            one, zero = ones == 1, ones == 0
            items = order[place]
            self._bits.append((items[one], items[zero], ones_before[zero], at_start[zero]))

    def count(self, weights: Counts) -> Counts:
        """Return the discordant pairs of units, each once.

        Args:
            weights: Units an item stands for, shape (resamples, items).

        Returns:
            Shape (resamples,).
        """
        discordant = numpy.zeros(len(weights), dtype=numpy.int64)
        for ones, zeros, before, at_start in self._bits:
            sums = numpy.zeros((len(weights), len(ones) + 1), dtype=numpy.int64)
            numpy.cumsum(weights.take(ones, axis=1), axis=1, out=sums[:, 1:])
            above = sums.take(before, axis=1) - sums.take(at_start, axis=1)
            discordant += numpy.einsum("rg,rg->r", weights.take(zeros, axis=1), above)
        return discordant
