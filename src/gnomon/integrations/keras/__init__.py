"""What gnomon does for Keras 3: a callback that logs training, and models that are watched."""

from gnomon.integrations.keras.callback import GnomonCallback
from gnomon.integrations.keras.watch import watcher

__all__ = ["GnomonCallback", "watcher"]
