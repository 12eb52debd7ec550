"""Secrets never pass the mask, names survive quoting, and any text file comes back from its patch."""

import os
import string
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnomon.sdk.capture.masking import MASK, clean_remote, mask_command, mask_variables
from gnomon.sdk.capture.patch import Patch, quoted, unquoted

SECRETS = st.text(string.ascii_letters + string.digits + "!#%^*()-_+", min_size=8, max_size=60)
PLAIN_SECRETS = st.text(string.ascii_letters + string.digits, min_size=8, max_size=60)
WORDS = st.sampled_from("token key secret password passwd pwd passphrase credential credentials auth apikey".split())
PREFIXES = st.sampled_from(["", "MY_", "wandb_api_", "HF_", "aws", "DB_", "x"])
KNOWN = st.one_of(
    st.from_regex(r"ghp_[A-Za-z0-9]{36}", fullmatch=True),
    st.from_regex(r"sk-[A-Za-z0-9]{32}", fullmatch=True),
    st.from_regex(r"AKIA[0-9A-Z]{16}", fullmatch=True),
    st.from_regex(r"hf_[A-Za-z0-9]{30}", fullmatch=True),
    st.from_regex(r"eyJ[A-Za-z0-9]{20}\.[A-Za-z0-9]{20}\.[A-Za-z0-9_-]{20}", fullmatch=True),
    st.from_regex(r"xoxb-[0-9]{12}-[A-Za-z0-9]{20}", fullmatch=True),
)


@given(PREFIXES, WORDS, st.booleans(), SECRETS)
def test_a_variable_named_like_a_secret_is_masked_whatever_it_holds(
    prefix: str, word: str, upper: bool, secret: str
) -> None:
    name = f"{prefix}{word}"
    if name.lower() in ("pwd", "oldpwd"):
        return
    name = name.upper() if upper else name
    assert mask_variables({name: secret}) == {name: MASK}


@given(KNOWN, st.sampled_from(["{}", "prefix {} suffix", '{{"a": "{}"}}', "Authorization: Bearer {}", "a={},b=2"]))
def test_well_known_tokens_are_masked_wherever_they_stand(secret: str, place: str) -> None:
    text = place.replace("{}", secret).replace("{{", "{").replace("}}", "}")
    assert secret not in mask_variables({"HARMLESS": text})["HARMLESS"]
    assert secret not in " ".join(mask_command(["python", "train.py", text]))


@given(PLAIN_SECRETS, PLAIN_SECRETS, st.sampled_from(["https", "postgres", "redis", "s3", "amqp"]))
def test_credentials_in_addresses_are_masked(user: str, password: str, scheme: str) -> None:
    url = f"{scheme}://{user}:{password}@host.example/path?x=1"
    assert mask_variables({"URL": url}) == {"URL": f"{scheme}://{MASK}@host.example/path?x=1"}
    assert mask_command(["a", f"--db={url}"]) == ["a", f"--db={scheme}://{MASK}@host.example/path?x=1"]
    assert clean_remote(url) == f"{scheme}://host.example/path?x=1"


@given(WORDS, SECRETS)
def test_the_value_of_a_secret_option_is_masked_in_each_spelling(word: str, secret: str) -> None:
    assert mask_command([f"--{word}", secret]) == [f"--{word}", MASK if not secret.startswith("--") else secret]
    assert mask_command([f"--my-{word}={secret}", f"a.{word}={secret}"]) == [f"--my-{word}={MASK}", f"a.{word}={MASK}"]


@given(st.binary(min_size=20, max_size=40))
def test_long_random_values_are_masked_under_any_name(noise: bytes) -> None:
    from base64 import b64encode

    text = b64encode(noise).decode().rstrip("=")
    looks_random = len(set(text)) > 15 and all(any(c in kind for c in text) for kind in _KINDS) and "/" not in text
    if looks_random:
        assert mask_variables({"SETTING": text}) == {"SETTING": MASK}


_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PATH", "/usr/bin:/nix/store/0c4kqz2wv5b8n9x1r7p3d6f2h4j8k0lm-Python3/bin"),
        ("PWD", "/home/me/project"),
        ("CUDA_VISIBLE_DEVICES", "GPU-5fd1e3a6-8a1b-4c3e-9f2d-0123456789ab"),
        ("GIT_COMMIT", "0123456789abcdef0123456789abcdef01234567"),
        ("TOKENIZERS_PARALLELISM", "false"),
        ("LS_COLORS", "rs=0:di=01;34:ln=01;36:mh=00:pi=40;33:so=01;35:do=01;35:bd=40;33;01"),
        ("XDG_DATA_DIRS", "/usr/local/share:/usr/share"),
        ("SLURM_JOB_NODELIST", "node[001-064]"),
        ("OMP_NUM_THREADS", "8"),
    ],
)
def test_what_helps_to_reproduce_a_run_stays(name: str, value: str) -> None:
    assert mask_variables({name: value}) == {name: value}


@given(st.binary(min_size=1, max_size=40).filter(lambda name: b"\0" not in name and b"\n" not in name))
def test_a_path_is_what_it_was_after_quoting(path: bytes) -> None:
    written = quoted(path, b"a/")
    plain = all(32 <= c < 127 and c not in b'"\\' for c in path)
    assert (unquoted(written), written.startswith(b'"')) == (b"a/" + path, not plain)


@settings(max_examples=25)
@given(st.binary(max_size=300).filter(lambda data: b"\0" not in data))
def test_any_text_file_comes_back_from_its_patch(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder, target = tmp_path_factory.mktemp("from"), tmp_path_factory.mktemp("to")
    (folder / "a file").write_bytes(content)
    patch = Patch()
    patch.add_untracked(str(folder).encode(), b"a file")
    assert (patch.files, patch.skipped) == (1, [])
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(
        command,
        cwd=target,
        input=bytes(patch.data),
        check=True,
        env={"GIT_CEILING_DIRECTORIES": str(target.parent), "PATH": os.environ["PATH"]},
    )
    assert (Path(target) / "a file").read_bytes() == content
