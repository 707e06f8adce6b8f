"""Chat templates of well-known models whose GGUF files carry none, written from what their model cards describe.

llama.cpp would silently take the template of another family instead; what is not known here must be refused.
"""

from __future__ import annotations

import re

# "### System:", "### User:" and "### Assistant:", each with its text on the next line (model card of StableBeluga2).
STABLE_BELUGA = (
    "{% for m in messages %}{{ '### ' + m.role | capitalize + ':\\n' + m.content + '\\n\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '### Assistant:\\n' }}{% endif %}"
)
# "<s> [INST] question [/INST] answer</s> [INST] …", no system message (model card of Mixtral-8x7B-Instruct-v0.1).
INST = (
    "{{ bos_token }}{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('User and assistant must take turns, and there is no system message.') }}{% endif %}"
    "{% if m.role == 'user' %}{{ ' [INST] ' + m.content + ' [/INST]' }}{% else %}"
    "{{ ' ' + m.content + eos_token }}{% endif %}{% endfor %}"
)


def known_template(*names: str) -> str | None:
    """The template of the model that one of these names (of the model, of its file) tells; None if none does."""
    for name in names:
        letters = re.sub("[^a-z0-9]", "", name.lower())
        if "stablebeluga" in letters:
            return STABLE_BELUGA
        if re.search("mi[sx]tral.*instruct", letters):
            return INST
    return None
