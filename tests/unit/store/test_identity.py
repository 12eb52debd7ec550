"""Which store it is."""

from pathlib import Path

from gnomon.store.home import Home
from gnomon.store.identity import identity


def test_a_store_keeps_its_id_and_gives_it_to_its_backups(tmp_path: Path) -> None:
    with Home.open(tmp_path / "one") as home:
        first = home.identity
        (tmp_path / "two").mkdir()
        home.engine.backup(tmp_path / "two" / "store.db")
    with (
        Home.open(tmp_path / "one") as again,
        Home.open(tmp_path / "two") as backup,
        Home.open(tmp_path / "three") as other,
    ):
        assert (again.identity, identity(backup.engine.documents)) == (first, first)
        assert other.identity != first
