"""Names in written code: classes after documents, attributes and variables after nodes, and back."""

import keyword
import re
from collections.abc import Collection
from typing import Final

from gnomon.core.errors import InputError
from gnomon.graph.document import check_id

MODULE_NAMES: Final = frozenset(
    "add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr"
    " float get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers"
    " named_children named_modules named_parameters parameters register_buffer register_module register_parameter"
    " requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train type xpu zero_grad".split()
)
"""What `nn.Module` has already: a layer of that name would hide it."""

TAKEN: Final = frozenset({"F", "None", "True", "False", "INPUTS", "OUTPUTS"})


def class_name(name: str) -> str:
    """Return the class that is called after a document.

    Example:
        >>> class_name("mnist-cnn"), class_name("MNIST CNN"), class_name("3-layer net"), class_name("é; import os")
        ('MnistCnn', 'MnistCnn', 'Model3LayerNet', 'ImportOs')
    """
    words = re.findall(r"[A-Za-z0-9]+", name)
    joined = "".join(word.capitalize() if word.isupper() else word[0].upper() + word[1:] for word in words)[:64]
    if not joined or joined in TAKEN:
        return f"{joined}Model"
    return joined if joined[0].isalpha() else f"Model{joined}"


def attribute(node: str) -> str:
    """Return what a node's layer is called in a module; `train` is `train_`, for modules have a `train`."""
    return f"{node}_" if node.rstrip("_") in MODULE_NAMES or f"{node.rstrip('_')}_" in MODULE_NAMES else node


def node_of(name: str) -> str:
    """Return the node whose attribute has this name."""
    return name[:-1] if name.endswith("_") and attribute(name[:-1]) == name else name


def safe_id(wanted: str, used: Collection[str]) -> str:
    """Return a name that a node may have and that nothing has yet, like the one wanted.

    Example:
        >>> safe_id("convA", set()), safe_id("x", {"x"}), safe_id("λ", set()), safe_id("self", set())
        ('conva', 'x_2', 'node', 'self_2')
    """
    plain = re.sub(r"[^a-z0-9_]+", "_", wanted.lower()).strip("_" if not wanted.startswith("_") else "")[:56]
    plain = plain if plain and not plain[0].isdigit() else f"node_{plain}".rstrip("_")
    name, n = plain, 1
    while name in used or not _is_id(name):
        n += 1
        name = f"{plain}_{n}"
    return name


def _is_id(name: str) -> bool:
    try:
        check_id(name)
    except InputError:
        return False
    return True


def fresh(wanted: str, used: Collection[str]) -> str:
    """Return a variable that nothing has yet, like the one wanted."""
    name, n = wanted, 1
    while name in used or keyword.iskeyword(name):
        n += 1
        name = f"{wanted}_{n}"
    return name


def short(type_: str) -> str:
    """Return a component's type as people write it: `core/conv2d@1` is `conv2d`."""
    return type_[5:-2] if type_.startswith("core/") and type_.endswith("@1") else type_


def long(name: str) -> str:
    """Return the type that a short name stands for."""
    return name if "/" in name else f"core/{name}@1"
