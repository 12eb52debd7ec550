"""Small data sets of every kind, written to a folder."""

from pathlib import Path

import numpy as np
from PIL import Image


def table(folder: Path, rows: int = 40) -> Path:
    """Return a CSV with gaps: age, town, note, day, outcome."""
    rng = np.random.default_rng(1)
    lines = ["age,town,note,day,outcome"]
    for i in range(rows):
        age = "" if i % 10 == 3 else f"{rng.normal(40, 9):.2f}"
        town = "" if i % 8 == 5 else ("Ulm", "Bern", "Graz")[i % 3]
        note = f"good work number {i % 7}" if i % 2 else "Bad, bad luck"
        outcome = "" if i == 11 else ("yes", "no")[i % 4 == 0]
        lines.append(f'{age},{town},"{note} {i}",2026-02-{i % 28 + 1:02},{outcome}')
    path = folder / "visits.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def photos(folder: Path, sizes: tuple[tuple[int, int], ...] = ((12, 10),), count: int = 12) -> Path:
    """Return a folder of pictures in colour, a folder for each of two classes."""
    for i in range(count):
        place = folder / ("cat", "dog")[i % 2]
        place.mkdir(parents=True, exist_ok=True)
        height, width = sizes[i % len(sizes)]
        Image.fromarray(np.random.default_rng(i).integers(0, 256, (height, width, 3), np.uint8)).save(
            place / f"{i}.png"
        )
    return folder


def masks(folder: Path, count: int = 10) -> Path:
    """Return a folder of pictures with masks: one bright square each, its mask 255 where it is."""
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for i in range(count):
        mask = np.zeros((16, 16), np.uint8)
        mask[i % 8 : i % 8 + 4, 2:9] = 255
        Image.fromarray(mask).save(folder / "masks" / f"{i}.png")
        Image.fromarray(np.stack([mask // 2] * 3, axis=2)).save(folder / "images" / f"{i}.png")
    return folder


def boxes(folder: Path, count: int = 8) -> Path:
    """Return a CSV of boxes beside pictures: each picture has one bright box, and some a second one in the corner."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["image,category,x1,y1,x2,y2"]
    for i in range(count):
        picture = np.zeros((20, 24, 3), np.uint8)
        picture[4 : 4 + 6, i : i + 8] = 200
        Image.fromarray(picture).save(folder / f"{i}.png")
        lines.append(f"{i}.png,car,{i},4,{i + 8},10")
        if i % 2:
            lines.append(f"{i}.png,sign,0,0,3,3")
    path = folder / "boxes.csv"
    path.write_text("\n".join(lines) + "\n")
    return path
