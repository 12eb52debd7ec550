"""Files that the browser plays, and a panel that grows while somebody looks at it."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import gnomon

av = pytest.importorskip("av")

FRAMES = 24
RATE = 16_000
TYPES = {
    "clip/mp4": 'video/mp4; codecs="avc1.42E01E"',
    "clip/webm": 'video/webm; codecs="vp8"',
    "sound/mp3": "audio/mpeg",
    "sound/flac": "audio/flac",
}


def write_video(path: Path, codec: str) -> Path:
    """Write three seconds in which a bar grows from the left."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=8)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k in range(FRAMES):
            picture = np.zeros((48, 64, 3), np.uint8)
            picture[:, : 8 + 2 * k] = (200, 120, 30)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        output.mux(stream.encode())
    return path


def write_sound(path: Path, codec: str, layout: str) -> Path:
    """Write a minute of a tone, so that no test waits too long, in pieces of 1,152 samples, as MP3 takes them."""
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(834 * 1152) / RATE)
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=RATE)
        stream.layout = "mono"
        for at in range(0, len(wave), 1152):
            piece = wave[None, at : at + 1152]
            samples = piece.astype(np.float32) if layout == "fltp" else (piece * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(samples, format=layout, layout="mono")
            frame.sample_rate, frame.pts = RATE, at
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return path


@pytest.fixture
def played(fresh_tab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    """Show the run that logged one file of each format."""
    monkeypatch.setenv("GNOMON_AGENT", "off")
    files = {
        "clip/mp4": gnomon.Video(write_video(tmp_path / "clip.mp4", "libx264")),
        "clip/webm": gnomon.Video(write_video(tmp_path / "clip.webm", "libvpx")),
        "sound/mp3": gnomon.Audio(write_sound(tmp_path / "tone.mp3", "libmp3lame", "fltp")),
        "sound/flac": gnomon.Audio(write_sound(tmp_path / "tone.flac", "flac", "s16")),
    }
    with gnomon.init(project="played", name="files", home=str(fresh_tab.server.home)) as run:
        run.log(files, step=0)
    page: Page = fresh_tab.open(f"/p/played/r/{ids(fresh_tab.server, 'played', 'files')}?tab=media")
    return page


def ids(server: Any, project: str, name: str) -> str:
    """Return the id of a run as soon as the server knows it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found: dict[str, str] = server.ids(project)
        if name in found:
            return found[name]
        time.sleep(0.02)
    pytest.fail(f"the server has not read {name}")


def figure(page: Page, key: str) -> Locator:
    found = page.get_by_role("figure", name=key, exact=True)
    expect(found.locator(".record-body")).to_have_attribute("aria-busy", "false")
    return found


def plays(page: Page, key: str) -> bool:
    kind = "video" if key.startswith("clip") else "audio"
    return bool(page.evaluate(f"type => document.createElement('{kind}').canPlayType(type) !== ''", TYPES[key]))


def test_files_play_where_the_browser_knows_their_format_and_otherwise_say_so(played: Page) -> None:
    for key in ("clip/mp4", "clip/webm"):
        panel = figure(played, key)
        if not plays(played, key):
            expect(panel).to_contain_text("The browser cannot play")
            continue
        video = panel.locator("video")
        # The promise of play() is kept when the first frame is shown.
        assert video.evaluate("v => v.play().then(() => [v.videoWidth, v.videoHeight, v.error])") == [64, 48, None]
        assert video.evaluate("v => Math.round(v.duration)") == FRAMES / 8
        video.evaluate("v => v.pause()")
    for key in ("sound/mp3", "sound/flac"):
        panel = figure(played, key)
        if not plays(played, key):
            continue
        # What the decoder adds at the ends of an MP3 is less than a tenth of a second.
        expect(panel.locator(".player-bar")).to_contain_text("/ 1:00.0" if key == "sound/flac" else "/ 1:00.")
        panel.get_by_role("button", name="Play the sound of files").click()
        expect(panel.get_by_role("button", name="Pause the sound of files")).to_be_visible()
        panel.get_by_role("button", name="Pause the sound of files").click()
        expect(panel.get_by_role("button", name="Play the sound of files")).to_be_visible()


def test_an_open_histogram_grows_with_its_run(fresh_tab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    with gnomon.init(project="grown", name="alive", home=str(fresh_tab.server.home)) as run:
        run.log({"weights": gnomon.Histogram(np.linspace(-1, 1, 100))}, step=0)
        run.log({"weights": gnomon.Histogram(np.linspace(-1, 2, 100))}, step=10)
        page = fresh_tab.open(f"/p/grown/r/{ids(fresh_tab.server, 'grown', 'alive')}?tab=media")
        panel = figure(page, "weights")
        expect(panel).to_contain_text("2 steps drawn")
        for count, step in ((3, 20), (4, 30)):
            run.log({"weights": gnomon.Histogram(np.linspace(-1, step, 100))}, step=step)
            expect(panel).to_contain_text(f"{count} steps drawn")
            expect(panel.locator(".record-step")).to_have_text(f"step {step}")
