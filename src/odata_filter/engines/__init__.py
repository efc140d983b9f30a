"""Filters to conditions of other engines: dataframes, databases, clusters."""
