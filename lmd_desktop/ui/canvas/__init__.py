"""The canvas: boxes drawn, moved, resized and named by hand; pure interaction rules beside the one widget."""
