"""Detectors that check pictures; never part of making them."""
