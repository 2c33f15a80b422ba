"""Comparing, merging and retiming two versions of one subtitle."""
