"""Opening a page where somebody sits in front of a screen."""

import os
import sys
from collections.abc import Mapping


def has_browser(env: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Tell whether a browser opened here would be seen by the person who asked for it.

    Example:
        >>> has_browser({"DISPLAY": ":0"}, "linux"), has_browser({"DISPLAY": ":10", "SSH_CONNECTION": "…"}, "linux")
        (True, False)
    """
    if any(env.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "CI")):
        return False
    if platform in ("darwin", "win32"):
        return True
    return bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))


def open_page(url: str) -> bool:
    """Open `url` in the browser, where there is one; tell whether that was tried. Never waits for it."""
    if not has_browser():
        return False
    import threading
    import webbrowser

    # A browser of the terminal, or a slow one, must not keep the server from serving.
    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
    return True
