"""Measurements, one script a claim.

Run by hand with `make bench BENCH=name`; docs/performance.md records what they said.
"""
