"""What options of `gnomon data` say of data: types, split, transforms."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from gnomon.models.datasets.describing import Wishes
    from gnomon.models.datasets.split import Split


def said_options(command_: Any) -> Any:
    """Give a command the options that say what data are."""
    for option in reversed(
        (
            click.option("--target", "targets", multiple=True, help="Target column; repeatable."),
            click.option("--input", "inputs", multiple=True, help="Column that a model is given; repeatable."),
            click.option(
                "--type",
                "types",
                multiple=True,
                metavar="COLUMN=TYPE",
                help="Say what a column holds: number, category, text …",
            ),
            click.option(
                "--split",
                "split_",
                default="",
                metavar="WAY[:COLUMN]",
                help="given, random, stratified, grouped or time.",
            ),
            click.option("--shares", default="0.7,0.15,0.15", show_default=True, help="Of training, validation, test."),
            click.option("--seed", default=0, show_default=True, help="Seed of the split."),
            click.option(
                "--transform",
                "transforms",
                multiple=True,
                metavar="COLUMN=WORD,…",
                help="none, scale, standard, minmax, grey, resize=32x32, range=0..16, missing=drop, flip=horizontal, rotate=15 …",
            ),
        )
    ):
        command_ = option(command_)
    return command_


def wishes_of(said: dict[str, Any]) -> "Wishes":
    """Return what the options say."""
    from gnomon.models.datasets.home import wished

    return wished(
        target=said["targets"] or None,
        inputs=said["inputs"] or None,
        types=_types(said["types"]) or None,
        split=_split(said["split_"], said["shares"], said["seed"]) if said["split_"] else None,
        transforms=_transforms(said["transforms"]) or None,
    )


def _types(given: tuple[str, ...]) -> dict[str, Any]:
    for each in given:
        if "=" not in each:
            msg = f"expected COLUMN=TYPE, such as age=category, received {each!r:.60}."
            raise click.BadParameter(msg, param_hint="--type")
    return dict(each.rsplit("=", 1) for each in given)


def _split(text: str, shares: str, seed: int) -> "Split | dict[str, Any]":
    from gnomon.models.datasets.split import Split

    way, _, column = text.partition(":")
    try:
        numbers = tuple(float(share) for share in shares.split(","))
    except ValueError as error:
        msg = f"expected numbers with commas between, received {shares!r:.60}."
        raise click.BadParameter(msg, param_hint="--shares") from error
    if way == "given":
        return {"way": "given", "shares": numbers[:2] if len(numbers) == 2 else (0.9, 0.1), "seed": seed}
    return Split(way, numbers, seed, column)  # type: ignore[arg-type]  # Split says which ways there are


def _transforms(given: tuple[str, ...]) -> dict[str, Any]:
    """Return what texts such as `image=resize=32x32,scale,flip=horizontal` say is done to columns."""
    found: dict[str, dict[str, Any]] = {}
    for each in given:
        column, equals, words = each.partition("=")
        if not equals or not words:
            msg = f"expected COLUMN=WORD,… such as image=scale,rotate=15, received {each!r:.80}."
            raise click.BadParameter(msg, param_hint="--transform")
        into = found.setdefault(column, {})
        for word in words.split(","):
            _transform(into, *word.partition("=")[::2])
    return found


def _transform(into: dict[str, Any], word: str, value: str) -> None:
    try:
        if word in ("none", "scale", "standard", "minmax") and not value:
            into["normalise"] = word
        elif word == "grey" and not value:
            into["grey"] = True
        elif word == "resize":
            into["resize"] = [int(side) for side in value.split("x")]
        elif word == "range":
            into["range"] = [float(end) for end in value.split("..")]
        elif word in ("vocabulary", "length"):
            into[word] = int(value)
        elif word == "missing":
            into[word] = value
        elif word in ("flip", "rotate", "shift", "zoom", "noise", "brightness"):
            into.setdefault("augment", {})[word] = value if word == "flip" else float(value)
        else:
            msg = f"there is no {word!r:.40}. There are none, scale, standard, minmax, grey, resize, range, missing, vocabulary, length, flip, rotate, shift, zoom, noise, brightness."
            raise click.BadParameter(msg, param_hint="--transform")
    except ValueError as error:
        msg = f"{word}: expected a number such as {word}=15, or resize=32x32 and range=0..255, received {value!r:.40}."
        raise click.BadParameter(msg, param_hint="--transform") from error
