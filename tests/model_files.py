"""Small files that are whole models by their heads."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np


def write_planner(path: Path, licence: str = "apache-2.0") -> Path:
    """A planner that says its name and licence."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("Tiny talker")
    writer.add_string("general.license", licence)
    writer.add_token_list(["<s>", "a"])
    writer.add_chat_template("{{ messages }}")
    writer.add_tensor("output_norm.weight", np.ones(64, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
