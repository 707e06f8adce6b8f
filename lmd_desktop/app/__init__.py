"""The running program without its widgets: session, jobs, worker clients as Qt signals, settings."""
