"""Hypothesis strategies: filters that a profile accepts, trees of every shape, and rows that hit or miss a filter."""

from odata_filter.strategies.aimed import filters_and_rows, matching_rows, missing_rows
from odata_filter.strategies.near import rows
from odata_filter.strategies.trees import expressions
from odata_filter.strategies.typed import filters, keys, values

__all__ = ["expressions", "filters", "filters_and_rows", "keys", "matching_rows", "missing_rows", "rows", "values"]
