"""Layout to picture: load Stable Diffusion, denoise, guide attention, one file per method."""
