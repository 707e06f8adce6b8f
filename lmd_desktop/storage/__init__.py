"""Scene files, journals, the settings file and PNG metadata."""
