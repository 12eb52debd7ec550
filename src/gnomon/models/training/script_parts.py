"""Parts of `train.py` that are the same for all frameworks; names in double angle brackets are gaps."""

from typing import Final

HEAD: Final = '''"""<<about>>: trains the model of model.py on <<dataset>>. Run it: python train.py

Written by gnomon, and needs <<needs>> only: the data are read from <<data>> beside it. Where gnomon is
installed, they are read through it when that file is missing, and a run is logged.
"""

<<imports>>

try:
    import gnomon
except ImportError:
    gnomon = None

SEED = <<seed>>
EPOCHS = <<epochs>>
BATCH_SIZE = <<batch_size>>
LEARNING_RATE = <<lr>>
PATIENCE = <<patience>>
INPUTS = <<inputs>>
TARGETS = <<targets>>
HERE = Path(__file__).parent
'''
LOAD: Final = '''

def load() -> dict[str, np.ndarray]:
    """Return the arrays of all parts: `train/inputs/NAME`, `train/targets/NAME`, and so on."""
    file = HERE / "<<data>>"
    if file.exists():
        return dict(np.load(file))
    if gnomon is None:
        raise SystemExit(f"There is no {file}. Write it with: gnomon train --write-data {HERE}")
    from gnomon.models.training.data_file import arrays

    return arrays(HERE)
'''
FACTOR: Final = '''

def factor(step: int, steps: int, epoch: int) -> float:
    """Return what the learning rate is multiplied with at a step, of so many in all."""
    <<factor>>


def batches(epoch: int, rows: int) -> Iterator[np.ndarray]:
    """Yield the rows of each batch. One row left over is left out: what normalises needs two."""
    order = np.random.default_rng((SEED, epoch)).permutation(rows)
    for first in range(0, max(1, rows - (BATCH_SIZE > 1)), BATCH_SIZE):
        yield order[first : first + BATCH_SIZE]
'''
END: Final = """

if __name__ == "__main__":
    main()
"""
