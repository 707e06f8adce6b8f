"""Loads painters as people have them: diffusers folders, single checkpoint files, VAEs, LoRAs, GLIGEN layers."""
