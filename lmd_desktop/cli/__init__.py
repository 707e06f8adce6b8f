"""The headless commands, on the same domain, storage and workers as the window. Never imports Qt."""
