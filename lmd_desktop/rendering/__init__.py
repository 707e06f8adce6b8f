"""Loads Stable Diffusion and turns a layout into a picture with one of several methods."""
