"""One process owns a home; another is told which one, and where it answers."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gnomon.core.errors import LockedError, StoreError
from gnomon.store.lock import Holder, Lease, holder

OWNER = """
import sys
from pathlib import Path
from gnomon.store.lock import Lease
lease = Lease(Path(sys.argv[1]), "http://127.0.0.1:9")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_owner_is_told_who_owns_the_home_and_where_it_answers(tmp_path: Path) -> None:
    with Lease(tmp_path, "http://127.0.0.1:9") as lease:
        with pytest.raises(LockedError) as caught:
            Lease(tmp_path)
        assert f"process {os.getpid()} on {socket.gethostname()}" in str(caught.value)
        assert "http://127.0.0.1:9. Use that address, or stop it." in str(caught.value)
        lease.announce(None)
        with pytest.raises(LockedError, match="Stop it, or choose another GNOMON_HOME"):
            Lease(tmp_path)
    Lease(tmp_path).close()


def test_who_holds_a_home_can_be_asked_without_taking_it(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    with Lease(tmp_path, "http://127.0.0.1:9"):
        assert holder(tmp_path) == Holder(os.getpid(), socket.gethostname(), "http://127.0.0.1:9")
    assert holder(tmp_path) is None


def test_the_lease_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=f"process {owner.pid} "):
            Lease(tmp_path)
        assert holder(tmp_path) == Holder(owner.pid, socket.gethostname(), "http://127.0.0.1:9")
        owner.kill()
        owner.wait()
        assert holder(tmp_path) is None
        Lease(tmp_path).close()


def test_closing_twice_is_fine_and_a_home_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    lease = Lease(tmp_path)
    lease.close()
    lease.close()
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="GNOMON_HOME"):
        Lease(tmp_path / "file" / "home")
