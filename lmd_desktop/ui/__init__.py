"""Windows, canvas and panels. They hold no truth: they draw the session and commit edits to it."""
