"""What every engine promises of documents; part of `gnomon.store.suite.EngineSuite`."""

import threading
from typing import Any, cast

import pytest

from gnomon.core.errors import ConflictError, InputError, NotFoundError
from gnomon.core.limits import BLOB_BYTES
from gnomon.store import documents
from gnomon.store.documents import Document
from gnomon.store.engine import Engine


class DocumentSuite:
    """What every engine promises of documents."""

    def test_a_document_is_kept_in_every_revision(self, engine: Engine) -> None:
        kept = engine.documents
        first = kept.put("panel", "p1", {"value": 1}, 100, by="ann")
        second = kept.put("panel", "p1", {"value": [None, "é", 2.5]}, 200)
        assert first == Document("panel", "p1", 1, 100, {"value": 1}, 100, "ann")
        assert second == Document("panel", "p1", 2, 200, {"value": [None, "é", 2.5]}, 100)
        assert kept.get("panel", "p1") == second
        assert kept.get("panel", "p1", rev=1) == kept.get("panel", "p1", at_us=199) == first
        assert kept.get("panel", "p1", at_us=200) == second
        assert kept.history("panel", "p1") == [(2, 200), (1, 100)]
        assert kept.history("panel", "p1", limit=1) == [(2, 200)]
        assert kept.history("panel", "p1", before_rev=2) == [(1, 100)]

    def test_what_is_not_there_is_said_to_be_missing(self, engine: Engine) -> None:
        kept = engine.documents
        kept.put("panel", "p1", {}, 100)
        for kind, id_, how in (
            ("panel", "p2", {}),
            ("board", "p1", {}),
            ("panel", "p1", {"rev": 2}),
            ("panel", "p1", {"at_us": 99}),
        ):
            with pytest.raises(NotFoundError, match=f'No {kind} "{id_}" here'):
                kept.get(kind, id_, **cast("Any", how))
        with pytest.raises(NotFoundError, match='No panel "p2" here'):
            kept.delete("panel", "p2", 100)
        assert (kept.history("panel", "p2"), kept.list("board")) == ([], [])

    def test_a_revision_that_is_not_the_expected_one_is_refused(self, engine: Engine) -> None:
        kept = engine.documents
        kept.put("panel", "p1", {"n": 1}, 100, if_rev=0)
        kept.put("panel", "p1", {"n": 2}, 101, if_rev=1)
        for if_rev in (0, 1, 3):
            with pytest.raises(ConflictError, match=f'expected revision {if_rev} of panel "p1", it is at 2 now'):
                kept.put("panel", "p1", {"n": 3}, 102, if_rev=if_rev)
        assert kept.get("panel", "p1").body == {"n": 2}

    def test_a_deletion_is_a_revision_and_the_earlier_ones_stay(self, engine: Engine) -> None:
        kept = engine.documents
        kept.put("panel", "p1", {"n": 1}, 100)
        kept.delete("panel", "p1", 200)
        for how in ({}, {"rev": 2}, {"at_us": 250}):
            with pytest.raises(NotFoundError):
                kept.get("panel", "p1", **cast("Any", how))
        with pytest.raises(NotFoundError):
            kept.delete("panel", "p1", 210)
        assert (kept.list("panel"), kept.list("panel", at_us=150)) == ([], [kept.get("panel", "p1", at_us=150)])
        with pytest.raises(ConflictError, match="it is at 0 now"):
            kept.put("panel", "p1", {}, 300, if_rev=2)
        again = kept.put("panel", "p1", {"n": 3}, 300, if_rev=0)
        assert again == Document("panel", "p1", 3, 300, {"n": 3}, 300)
        assert kept.history("panel", "p1") == [(3, 300), (2, 200), (1, 100)]

    def test_a_clock_that_goes_back_does_not_turn_the_order_of_revisions(self, engine: Engine) -> None:
        kept = engine.documents
        kept.put("panel", "p1", {"n": 1}, 100)
        assert kept.put("panel", "p1", {"n": 2}, 50).us == 100
        kept.delete("panel", "p1", 20)
        assert kept.history("panel", "p1") == [(3, 100), (2, 100), (1, 100)]
        assert kept.put("panel", "p1", {"n": 4}, 30).created_us == 100

    def test_documents_are_listed_by_creation_as_they_were_at_a_moment(self, engine: Engine) -> None:
        kept = engine.documents
        b1 = kept.put("panel", "b", {"n": 1}, 100)
        a1 = kept.put("panel", "a", {"n": 1}, 200)
        kept.put("board", "c", {}, 150)
        b2 = kept.put("panel", "b", {"n": 2}, 300)
        d1 = kept.put("panel", "0", {}, 200)
        assert kept.list("panel") == [b2, d1, a1]
        assert kept.list("panel", at_us=99) == []
        assert kept.list("panel", at_us=100) == [b1]
        assert kept.list("panel", at_us=299) == [b1, d1, a1]

    def test_a_large_body_is_kept_like_a_small_one(self, engine: Engine) -> None:
        kept = engine.documents
        bodies = [{"html": letter * n} for letter, n in (("a", BLOB_BYTES), ("b", 10), ("c", 3 * BLOB_BYTES))]
        made = [kept.put("panel", "p", body, us) for us, body in enumerate(bodies)]
        assert [kept.get("panel", "p", rev=rev) for rev in (1, 2, 3)] == made
        assert [d.body for d in kept.list("panel")] == bodies[2:]

    @pytest.mark.parametrize(
        ("kind", "id_", "body"),
        [
            ("panel", "p", cast("Any", [1])),
            ("panel", "p", cast("Any", None)),
            ("panel", "p", {"x": object()}),
            ("panel", "", {}),
            ("", "p", {}),
            ("panel", "p\n", {}),
        ],
    )
    def test_what_cannot_be_a_document_is_refused(self, engine: Engine, kind: str, id_: str, body: Any) -> None:
        with pytest.raises(InputError):
            engine.documents.put(kind, id_, body, 1)
        assert engine.documents.list("panel") == []

    def test_what_the_caller_changes_later_is_not_in_the_document(self, engine: Engine) -> None:
        body: dict[str, Any] = {"rows": [1]}
        made = engine.documents.put("panel", "p", body, 1)
        body["rows"].append(2)
        assert made.body == engine.documents.get("panel", "p").body == {"rows": [1]}

    def test_the_oldest_revisions_go_first(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(documents, "MOST_REVISIONS", 5)
        kept = engine.documents
        kept.put("panel", "other", {}, 0)
        for n in range(1, 9):
            kept.put("panel", "p", {"n": n}, n)
        assert kept.history("panel", "p") == [(n, n) for n in range(8, 3, -1)]
        assert kept.get("panel", "p", rev=4) == Document("panel", "p", 4, 4, {"n": 4}, 1)
        with pytest.raises(NotFoundError):
            kept.get("panel", "p", rev=3)
        assert len(kept.history("panel", "other")) == 1

    def test_of_many_who_put_at_once_with_one_revision_one_succeeds(self, engine: Engine) -> None:
        kept = engine.documents
        kept.put("panel", "p", {"n": 0}, 1)
        outcomes: list[str] = []

        def put(n: int) -> None:
            for rev in range(1, 6):
                try:
                    kept.put("panel", "p", {"by": n}, 2, if_rev=rev)
                except ConflictError:
                    outcomes.append("late")
                else:
                    outcomes.append("first")

        threads = [threading.Thread(target=put, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        newest = kept.get("panel", "p").rev
        assert outcomes.count("first") == newest - 1 >= 1
        assert [rev for rev, _ in kept.history("panel", "p")] == list(range(newest, 0, -1))
