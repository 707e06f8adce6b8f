"""Scene files, autosave side files, the settings file and PNG metadata."""
