"""Secrets are masked before anything is written: by the name they go by, and by what they look like.

Masking errs on the safe side: a harmless value that looks like a key is masked too. Nothing of what is masked is kept,
not even a hash, for short passwords can be guessed from one.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

MASK: Final = "[masked]"
_MAX_VALUE_CHARS: Final = 4096

_WORDS: Final = frozenset(
    "token tokens key keys apikey secret secrets password passwords passwd pwd pass passphrase credential credentials "
    "cred creds auth authorization bearer private cookie cookies session signature sig salt jwt pin otp dsn pat webhook "
    "connectionstring connstr".split()
)
_ENDINGS: Final = ("token", "key", "secret", "password", "passwd", "pwd", "passphrase", "credential", "credentials")
_HARMLESS: Final = frozenset(
    "pwd oldpwd ssh_auth_sock xauthority dbus_session_bus_address xdg_session_id xdg_session_type xdg_session_class "
    "xdg_session_desktop desktop_session gdmsession session_manager keytimeout pythonhashseed jpy_session_name".split()
)
_IDENTITY: Final = re.compile(r"(?i)sha|hash|commit|digest|uuid|guid|revision|version|(?:^|_)id(?:$|_)|gpu|devices?$")

_TOKENS: Final = re.compile(
    r"(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|sk-[\w-]{16,}|hf_[A-Za-z0-9]{16,}"
    r"|xox[abposr]-[\w-]{10,}|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|pypi-[\w-]{20,}|npm_[A-Za-z0-9]{30,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?|SG\.[\w-]{16,}\.[\w-]{16,}|dop_v1_[0-9a-f]{32,}|AGE-SECRET-KEY-1\w{20,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s+]+[A-Za-z0-9+/=]{20,}(?:[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----)?)"
)
_USERINFO: Final = re.compile(r"(?i)([a-z][a-z0-9+.-]*://)[^\s/?#\"'<>@]+@")
_PASSWORD: Final = re.compile(r"://[^:]*:[^:]{4,}@")
_QUERY: Final = re.compile(
    r"(?i)([?&;][\w.%-]*(?:token|key|secret|passw|pwd|sig|signature|credential|auth|code)[\w.%-]*=)[^&\s\"'<>]+"
)
_HEADER: Final = re.compile(r"(?i)\b((?:bearer|basic)\s+)[\w.~+/=-]{8,}")
_ASSIGNED: Final = re.compile(
    r"(?i)(\b[\w.-]*(?:password|passwd|secret|api_?key|access_?key|private_?key|auth_?token|access_?token|credential)[\w-]*"
    r"[\"']?\s*[:=]\s*[\"'])([^\"'\n]{4,})([\"'])"
)
_PIECE: Final = re.compile(r"[A-Za-z0-9+/_=.-]{20,}")
_HEX: Final = re.compile(r"(?i)[0-9a-f-]{32,}")


def is_secret_name(name: str) -> bool:
    """Tell whether a variable or an option of this name holds a secret.

    Example:
        >>> [is_secret_name(n) for n in ("WANDB_API_KEY", "--hub-token", "dbPassword", "PWD", "TOKENIZERS_PARALLELISM")]
        [True, True, True, False, False]
    """
    if name.lower() in _HARMLESS:
        return False
    plain = name.strip("-+~").lower().replace("-", "_")
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]
    joined = plain.replace("_", "")
    return any(word in _WORDS or word.endswith(_ENDINGS) for word in words) or joined.endswith(_ENDINGS)


def mask_text(text: str) -> str:
    """Return text without what is certain to be a secret: well-known tokens, private keys, credentials in addresses.

    Example:
        >>> mask_text("git clone https://me:hunter2@git.example/x.git")
        'git clone https://[masked]@git.example/x.git'
    """
    text = _TOKENS.sub(MASK, text)
    text = _USERINFO.sub(rf"\1{MASK}@", text)
    text = _QUERY.sub(rf"\1{MASK}", text)
    return _HEADER.sub(rf"\1{MASK}", text)


def mask_source(text: str) -> str:
    """Return a program's text without secrets: as `mask_text`, and what is assigned to a name that says so."""
    return _ASSIGNED.sub(rf"\1{MASK}\3", mask_text(text))


def holds_secret(text: str) -> bool:
    """Tell whether a program's text has something in it that is a secret beyond doubt: a file is left out for it.

    Example:
        >>> holds_secret('password = "changeme"'), holds_secret('api_key = "x7Qp0Lm2Vb9Rt4Kz8Wd1"')
        (False, True)
    """
    if _TOKENS.search(text):
        return True
    if any(_PASSWORD.search(found[0]) and not set(found[0]) & set("{}$%*[]") for found in _USERINFO.finditer(text)):
        return True
    return any(_PIECE.fullmatch(found[2]) and _is_random(found[2], "") for found in _ASSIGNED.finditer(text))


def mask_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Return environment variables, sorted, with secrets masked; long values are cut.

    Example:
        >>> mask_variables({"HF_TOKEN": "hf_abc", "LANG": "C"})
        {'HF_TOKEN': '[masked]', 'LANG': 'C'}
    """
    return {name: mask_value(name, variables[name]) for name in sorted(variables)}


def mask_value(name: str, value: str) -> str:
    """Return the value of a variable, masked where its name or its looks give it away."""
    if not value:
        return value
    if is_secret_name(name):
        return MASK
    value = mask_source(value)
    if not _is_paths(value):
        value = _PIECE.sub(lambda found: MASK if _is_random(found[0], name) else found[0], value)
    return value if len(value) <= _MAX_VALUE_CHARS else f"{value[:_MAX_VALUE_CHARS]}… ({len(value)} characters)"


def mask_command(command: Sequence[str]) -> list[str]:
    """Return a command line with the values of secret options masked.

    Example:
        >>> mask_command(["train.py", "--api-key", "abc", "db.password=x", "--lr=0.1"])
        ['train.py', '--api-key', '[masked]', 'db.password=[masked]', '--lr=0.1']
    """
    masked: list[str] = []
    is_value = False
    for word in command:
        name, equals, value = word.partition("=")
        if is_value and not word.startswith("--"):
            masked.append(MASK)
            is_value = False
            continue
        is_option = word.startswith("-")
        if equals and value and " " not in name and is_secret_name(name):
            masked.append(f"{name}={MASK}")
        else:
            masked.append(mask_source(word))
        is_value = is_option and not equals and " " not in word and is_secret_name(word)
    return masked


def clean_remote(url: str) -> str:
    """Return the address of a repository without credentials.

    Example:
        >>> clean_remote("https://me:token@git.example/a/b.git"), clean_remote("git@git.example:a/b.git")
        ('https://git.example/a/b.git', 'git@git.example:a/b.git')
    """
    return mask_text(_USERINFO.sub(r"\1", url))


def _is_paths(value: str) -> bool:
    """Tell whether a value is one path or a list of them, whose names may look random (`/nix/store/…`)."""
    return all(
        part.startswith(("/", "~", "./")) or part == "" or part[1:3] in (":\\", ":/")
        for part in re.split("[:;]", value)
    )


def _is_random(text: str, name: str) -> bool:
    """Tell whether text looks like a key somebody generated: long, mixed, and without pattern."""
    if _IDENTITY.search(name):
        return False
    if _HEX.fullmatch(text):
        return len(set(text)) > 4
    if text.count("/") > 1 or text.count(".") > 2:
        return False
    kinds = sum(bool(re.search(kind, text)) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    letters = len(text.rstrip("="))
    return kinds == 3 and letters >= 20 and _bits(text) >= 3.5


def _bits(text: str) -> float:
    """Return Shannon's entropy in bits per character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
