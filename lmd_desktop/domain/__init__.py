"""The values that everything else speaks of: layouts, dialogs, scenes, edits, requests. Standard library only."""
