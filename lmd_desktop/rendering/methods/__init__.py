"""The render methods, one file each."""
