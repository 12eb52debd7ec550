"""What the program itself notes when a run begins, in a millisecond: only what nobody else could see.

Nothing is imported, asked or measured here: frameworks count when they are loaded already, and all that needs git, a
disk or another program is left to the helper.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from gnomon.core.loaded import loaded
from gnomon.sdk.capture.masking import mask_command, mask_variables

FRAMEWORKS: Final = (
    "torch tensorflow jax keras lightning pytorch_lightning transformers accelerate datasets flax optax torchvision "
    "torchaudio timm diffusers sklearn xgboost lightgbm catboost mlx paddle tinygrad ray optuna numpy scipy pandas polars"
).split()
_PACKAGE: Final = Path(__file__).parents[2]
_MAX_COMMAND_CHARS: Final = 3000
_TORCH_UNSEEDED: Final = 67_280_421_310_721
"""What `torch.initial_seed()` says when nobody called `torch.manual_seed` (c10's `default_rng_seed_val`)."""

_SEED_NAMES: Final = ("seed", "random_seed", "manual_seed", "random_state", "rng_seed", "global_seed")


@dataclass(slots=True)
class Notes:
    """Hold what was noted.

    Args:
        facts: Small and flat, for the run itself.
        details: In full, for the record `gnomon/environment`.
        script: File of the program, when it has one.
        folders: Where to look for a repository.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    script: str | None = None
    folders: list[str] = field(default_factory=list)


def take(parts: frozenset[str], config: Mapping[str, Any]) -> Notes:
    """Note what is wanted of this process."""
    notes = Notes()
    cwd = _cwd()
    notes.script = _script(cwd)
    notes.folders = _folders(notes.script, cwd)
    if "command" in parts:
        _note_command(notes, cwd)
    if "packages" in parts:
        versions = frameworks()
        notes.details["python"] = sys.version
        notes.facts |= {"python": sys.version.split()[0]} | ({"framework": versions} if versions else {})
    if "seeds" in parts:
        notes.details["seeds"] = found = seeds(config)
        seed = chosen_seed(found)
        if seed is not None:
            notes.facts["seed"] = seed
    if "environment" in parts:
        notes.details["variables"] = mask_variables(os.environ)
    return notes


def frameworks() -> dict[str, str]:
    """Return the versions of the frameworks that are loaded."""
    found = {}
    for name in FRAMEWORKS:
        version = getattr(loaded(name), "__version__", None)
        if isinstance(version, str):
            found[name] = str(version)[:40]
    return found


def seeds(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the seeds that can be read without drawing a number, and short marks of the generators' states.

    Equal marks mean that two runs began with the same state of Python's or NumPy's global generator.
    """
    found: dict[str, Any] = {}
    given = _given_seed(config)
    if given is not None:
        found["config"] = given
    if os.environ.get("PYTHONHASHSEED"):
        found["PYTHONHASHSEED"] = os.environ["PYTHONHASHSEED"]
    for name, read in _READERS.items():
        try:
            value = read()
        except Exception:  # noqa: BLE001, S112 - somebody's half-loaded module
            continue
        if value is not None:
            found[name] = value
    return found


def chosen_seed(found: Mapping[str, Any]) -> int | None:
    """Return the seed that the run goes by: the one of the config, otherwise the one given to torch."""
    seed = found.get("config", found.get("torch"))
    return seed if isinstance(seed, int) and abs(seed) < 1 << 63 else None


def _given_seed(config: Mapping[str, Any]) -> int | None:
    """Return the seed that a config names, on its first level or the one below."""
    for place in (config, *(value for value in config.values() if isinstance(value, Mapping))):
        for name in _SEED_NAMES:
            if type(place.get(name)) is int:
                return int(place[name])
    return None


def _note_command(notes: Notes, cwd: str | None) -> None:
    command = mask_command([_text(word) for word in sys.orig_argv])
    where = cwd and _text(cwd)
    notes.details |= {"command": command, "cwd": where, "executable": _text(sys.executable or ""), "pid": os.getpid()}
    notes.facts |= {"command": _shortened(command)} | ({"cwd": where} if where else {})
    shown = _text(notes.script) if notes.script else _module()
    if shown:
        notes.facts["script"] = notes.details["script"] = shown


def _shortened(command: list[str]) -> list[str]:
    """Return as many words as fit."""
    kept: list[str] = []
    left = _MAX_COMMAND_CHARS
    for word in command:
        if len(word) > left:
            return [*kept, f"{word[:left]}…"]
        kept.append(word)
        left -= len(word) + 1
    return kept


def _script(cwd: str | None) -> str | None:
    """Return the path of the program's file, also when it was started as a module; `<stdin>` is none."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if not isinstance(file, str) or file.startswith("<") or _is_ours(file):
        return None
    return os.path.abspath(file) if cwd or os.path.isabs(file) else file  # noqa: PTH100, PTH117 - str in, str out


def _is_ours(file: str) -> bool:
    """Tell whether a file is the command `gnomon`, which runs somebody else's program."""
    return Path(file).stem == "gnomon" or Path(file).is_relative_to(_PACKAGE)


def _module() -> str | None:
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    name = getattr(spec, "name", None)
    return f"-m {name}" if isinstance(name, str) else None


def _folders(script: str | None, cwd: str | None) -> list[str]:
    """Return the script's folder, unless it is an installed command, and the folder it runs in."""
    found = []
    if script is not None:
        folder = os.path.dirname(script)  # noqa: PTH120 - as above
        installed = (sys.prefix, sys.base_prefix, "/usr", "/opt")
        is_installed = any(folder == root or folder.startswith(root + os.sep) for root in installed)
        if not is_installed:
            found.append(folder)
    return found + ([cwd] if cwd and cwd not in found else [])


def _cwd() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 - a folder that is gone has no Path
    except OSError:
        return None


def _text(path: str) -> str:
    """Return a path as it can be stored: what is no UTF-8 in it becomes question marks."""
    return path.encode("utf-8", "replace").decode()


def _torch_seed() -> int | None:
    torch = loaded("torch")
    seed = None if torch is None else torch.initial_seed()
    return seed if isinstance(seed, int) and seed != _TORCH_UNSEEDED else None


def _torch_deterministic() -> bool | None:
    torch = loaded("torch")
    return None if torch is None else bool(torch.are_deterministic_algorithms_enabled())


def _python_state() -> str | None:
    random = loaded("random")
    return None if random is None else sha256(repr(random.getstate()).encode()).hexdigest()[:16]


def _numpy_state() -> str | None:
    numpy = loaded("numpy.random")
    if numpy is None:
        return None
    state = numpy.get_state(legacy=False)
    return sha256(state["state"]["key"].tobytes() + str(state["state"]["pos"]).encode()).hexdigest()[:16]


_READERS: Final = {
    "torch": _torch_seed,
    "torch_deterministic": _torch_deterministic,
    "python_state": _python_state,
    "numpy_state": _numpy_state,
}


def script_text(path: str, most: int = 1 << 20) -> str | None:
    """Return the text of a script; `None` when it cannot be read, or is no text."""
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(most)
    except (OSError, ValueError):
        return None
    return None if b"\0" in data[:8000] else data.decode("utf-8", "replace")
