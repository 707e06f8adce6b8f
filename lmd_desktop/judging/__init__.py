"""Detectors that check whether a picture shows what was asked."""
