"""Which models exist, where they lie on disk, and what their headers say."""
