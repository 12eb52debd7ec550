"""An edit of a graph as an edit of statements: which stay, which are written anew, where new ones go, under which names."""

import heapq
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gnomon.graph.code.names import attribute, fresh
from gnomon.graph.code.plan import Plan, ports_of
from gnomon.graph.code.reading import Reading
from gnomon.graph.code.render import Piece
from gnomon.graph.code.walk import Item, Out


class Impossible(Exception):  # noqa: N818 - it is caught where the edit is made in another way
    """An edit that cannot be made statement by statement."""


@dataclass(slots=True)
class Entry:
    """Hold one place in the new order of statements.

    Args:
        item: The statements of the file; `None` for what is new.
        nodes: Nodes computed here, in order.
        is_clean: Whether the file's text stays.
        pieces: What is written instead.
        targets: Variables that each node assigns.
    """

    item: Item | None
    nodes: list[str]
    is_clean: bool = True
    pieces: dict[str, Piece] = field(default_factory=dict)
    targets: dict[str, list[str]] = field(default_factory=dict)


class Sequence:
    """Work out the new order of statements.

    Args:
        reading: The file.
        before: What is written of the graph that it says.
        after: What is to be written.
    """

    def __init__(self, reading: Reading, before: Plan, after: Plan) -> None:
        self.reading, self.before, self.after = reading, before, after
        self.attrs = dict(reading.attrs)
        self.used = set(after.by_id) | set(reading.variables.values()) | set(reading.frame.args)
        self.entries = self._ordered(list(self._placed()))
        self.moved = self._moved()
        self.forced: dict[Out, str] = {}
        self.returns: list[tuple[str, str]] = []
        self.return_is_clean = True
        self.marked: set[str] = set()
        for _ in range(len(after.by_id) + 2):
            wrong = self._simulated()
            if wrong is None:
                return
            is_free = wrong[0] not in self.reading.variables.values() and wrong[0] not in self.forced.values()
            self.forced[wrong] = wrong[0] if is_free and wrong[1] == 0 else fresh(wrong[0], self.used)
            self.used.add(self.forced[wrong])
        raise Impossible

    def attr(self, name: str) -> str:
        """Return the attribute of a node's layer."""
        return self.attrs.get(name) or attribute(name)

    def _computes(self, name: str) -> bool:
        """Return whether a node has a statement of its own."""
        kind = self.after.kind(name)
        return kind != "Output" and not (kind == "Input" and self.reading.frame.says_inputs)

    def _placed(self) -> Iterator[Entry]:
        """Return what stays of the file, with new nodes behind the last of what they take."""
        kept: list[Entry] = []
        for item in self.reading.items:
            nodes = [name for name in item.nodes if name in self.after.by_id]
            if nodes and set(nodes) & self.after.missing.keys():
                nodes = list(item.nodes)
            if nodes or (not item.nodes and item.kind != "return"):
                kept.append(Entry(item, nodes))
        known = {name for entry in kept for name in entry.nodes}
        place = {name: i for i, entry in enumerate(kept) for name in entry.nodes}
        behind: dict[int, list[Entry]] = {}
        for name in self.after.report.order:
            if name in known or name in self.after.missing or not self._computes(name):
                continue
            sources = [source[0] for source in self.after.report.nodes[name].sources if source]
            at = max((place.get(source, -1) for source in sources), default=len(kept) - 1 if sources else -1)
            at = at if sources or self.after.kind(name) == "Input" else len(kept) - 1
            place[name] = at
            behind.setdefault(at, []).append(Entry(None, [name]))
        yield from behind.get(-1, [])
        for i, entry in enumerate(kept):
            yield entry
            yield from behind.get(i, [])

    def _ordered(self, entries: list[Entry]) -> list[Entry]:
        """Return entries so that each stands behind what it takes, otherwise as they were."""
        place = {name: i for i, entry in enumerate(entries) for name in entry.nodes}
        waits = [0] * len(entries)
        behind: list[list[int]] = [[] for _ in entries]
        for i, entry in enumerate(entries):
            names = [name for name in entry.nodes if name in self.after.by_id]
            sources = {s[0] for name in names for s in self.after.report.nodes[name].sources if s}
            for j in {place[source] for source in sources if source in place} - {i}:
                waits[i] += 1
                behind[j].append(i)
        ready = [i for i, count in enumerate(waits) if not count]
        order = []
        while ready:
            i = heapq.heappop(ready)
            order.append(entries[i])
            for j in behind[i]:
                waits[j] -= 1
                if not waits[j]:
                    heapq.heappush(ready, j)
        if len(order) != len(entries):
            raise Impossible
        return order

    def _moved(self) -> set[int]:
        """Return the indices of entries of the file that stand elsewhere now: all but the longest run in the old order."""
        rank = {id(item): i for i, item in enumerate(self.reading.items)}
        ours = [(i, rank[id(entry.item)]) for i, entry in enumerate(self.entries) if entry.item is not None]
        tails: list[int] = []
        at: list[int] = []
        for _, value in ours:
            spot = bisect_left(tails, value)
            tails[spot : spot + 1] = [value]
            at.append(spot)
        stays: set[int] = set()
        want = len(tails) - 1
        for k in range(len(ours) - 1, -1, -1):
            if at[k] == want:
                stays.add(ours[k][0])
                want -= 1
        return {i for i, _ in ours} - stays

    def _simulated(self) -> Out | None:
        """Go through the statements with the names of the file; return an output whose name is lost before it is read."""
        frame = self.reading.frame
        env: dict[str, Out] = {}
        self.marked = set()
        if frame.says_inputs:
            for name in self.after.inputs:
                env[self.reading.variables.get((name, 0), name)] = (name, 0)
        for entry in self.entries:
            wrong = self._entry(entry, env)
            if wrong is not None:
                return wrong
        found = self._outputs()
        self.returns = []
        item = next((each for each in self.reading.items if each.kind == "return"), None)
        if item is not None and any(entry.item is item and entry.is_clean for entry in self.entries):
            self.return_is_clean = True
            return None
        if item is not None and self._may_stay(item, found, env):
            self.return_is_clean = True
            return None
        for node, out in found:
            variable = self._variable(out, env)
            if variable is None:
                return out
            self.returns.append((node, variable))
        self.return_is_clean = (
            item is not None
            and not item.nodes
            and found == self.reading.returns
            and all(env.get(name) == out for name, out in item.reads.items())
            and (frame.says_inputs or self.after.inputs == self.before.inputs)
        )
        return None

    def _may_stay(self, item: Item, found: list[tuple[str, Out]], env: Mapping[str, Out]) -> bool:
        """Return whether what is returned stays as it is, for outputs that cannot be written just now."""
        lacking = self.after.missing.keys()
        then = [(name, out) for name, out in self.reading.returns if name not in lacking and out[0] not in lacking]
        waits = len(then) < len(self.reading.returns)
        is_same = found == then or not then or not self.after.outputs
        return waits and not item.nodes and item.reads.keys() <= env.keys() and is_same

    def _outputs(self) -> list[tuple[str, Out]]:
        """Return what comes out, as the file says it where outputs are no nodes."""
        outputs = self.after.outputs
        if outputs:
            sources = [(name, self.after.report.nodes[name].sources[0]) for name in outputs]
            return [(name, source) for name, source in sources if source]
        used = {source for report in self.after.report.nodes.values() for source in report.sources if source}
        known = [out for _, out in self.reading.returns if out[0] in self.after.by_id and out not in used]
        rank = {name: i for i, entry in enumerate(self.entries) for name in entry.nodes}
        ends = [
            end
            for end in self.after.names
            if end not in used and self._computes(end[0]) and end[0] in self.after.pieces
        ]
        if known and set(known) <= set(ends) and all(name in self.before.by_id for name, _ in ends):
            return [("", out) for out in known]
        return [("", out) for out in sorted(ends, key=lambda end: (rank.get(end[0], 0), end[1]))]

    def _entry(self, entry: Entry, env: dict[str, Out]) -> Out | None:
        item = entry.item
        entry.pieces, entry.targets = {}, {}
        if item is not None and not item.nodes:
            return self._bare(entry, item, env)
        lacking = set(item.nodes) & self.after.missing.keys() if item is not None else set()
        if (
            item is not None
            and lacking
            and set(item.nodes) <= self.after.by_id.keys()
            and item.reads.keys() <= env.keys()
        ):
            # What cannot be written is left as it stands until it can, as long as all that it reads is there.
            entry.is_clean = True
            for i, target in enumerate(item.targets):
                env[target] = (item.nodes[-1], i)
            return None
        self.marked |= lacking
        if item is not None and self._is_clean(entry, item, env):
            entry.is_clean = True
            for i, target in enumerate(item.targets):
                env[target] = (item.nodes[-1], i)
            return None
        if item is not None and item.is_chain:
            raise Impossible
        entry.is_clean = False
        for name in entry.nodes:
            if name in self.after.missing or name not in self.after.by_id:
                continue
            wrong = self._written(entry, name, env, is_last=name == entry.nodes[-1])
            if wrong is not None:
                return wrong
        return None

    def _bare(self, entry: Entry, item: Item, env: dict[str, Out]) -> Out | None:
        """Go through a statement that is no node: another name for one, or a layer that is made."""
        entry.is_clean = True
        if item.kind == "alias":
            out = next((out for name, out in item.reads.items() if name not in item.targets), None)
            if out is None or out[0] not in self.after.by_id:
                entry.is_clean = False
                return None
            if any(env.get(name) != source for name, source in item.reads.items() if name not in item.targets):
                return out if out not in self.forced else None
            env[item.targets[0]] = out
        return None

    def _is_clean(self, entry: Entry, item: Item, env: Mapping[str, Out]) -> bool:
        """Return whether the text of a statement is still right where it now stands."""
        if entry.nodes != item.nodes:
            return False
        inner = set(item.nodes[:-1])
        if item.kind == "return":
            if self._outputs() != self.reading.returns or (
                not self.reading.frame.says_inputs and self.after.inputs != self.before.inputs
            ):
                return False
            inner = set(item.nodes)
        taken = {
            source
            for name, report in self.after.report.nodes.items()
            if name not in item.nodes and self._computes(name)
            for source in report.sources
            if source and source[0] in inner
        }
        forced = any(out[0] in item.nodes for out in self.forced)
        return (
            not taken
            and not forced
            and all(env.get(name) == out for name, out in item.reads.items())
            and all(self._same_call(name) for name in item.nodes)
        )

    def _same_call(self, name: str) -> bool:
        """Return whether a node is called as it was, and with the same inputs."""
        if name not in self.before.by_id or name not in self.after.by_id:
            return False
        old, new = self.before.report.nodes[name], self.after.report.nodes[name]
        if old.sources != new.sources or name not in self.after.pieces or name not in self.before.pieces:
            return False
        a, b = self.before.pieces[name], self.after.pieces[name]
        if old.component is not None and old.component.blind:
            return old.component == new.component
        one, other = self.before.code(name), self.after.code(name)
        if isinstance(one, str) or isinstance(other, str):
            return a == b
        frame = self.reading.frame
        return one.call == other.call and (frame.is_class or frame.chain is not None or one.make == other.make)

    def _variable(self, out: Out, env: Mapping[str, Out]) -> str | None:
        """Return a variable that stands for an output; `None` when none does."""
        for wanted in (self.forced.get(out), self.reading.variables.get(out)):
            if wanted and env.get(wanted) == out:
                return wanted
        return next((name for name, each in env.items() if each == out), None)

    def _written(self, entry: Entry, name: str, env: dict[str, Out], *, is_last: bool) -> Out | None:
        """Write a node anew."""
        ins = []
        for source in self.after.report.nodes[name].sources:
            if source is None:
                ins.append("None")
                continue
            variable = self._variable(source, env)
            if variable is None:
                if source in self.forced:
                    raise Impossible
                return source
            ins.append(variable)
        outs = self._targets(entry, name, is_last=is_last)
        piece = self.after.piece(name, ins, outs, f"self.{self.attr(name)}", set(env) - set(outs))
        if isinstance(piece, str):
            raise Impossible
        entry.pieces[name], entry.targets[name] = piece, outs
        for i, variable in enumerate(outs):
            env[variable] = (name, i)
        return None

    def _targets(self, entry: Entry, name: str, *, is_last: bool) -> list[str]:
        """Return the variables that a node assigns: those of the file where it has some."""
        count = len(ports_of(self.after.report.nodes[name].component))
        outs = [(name, i) for i in range(count)]
        item = entry.item
        if item is not None and is_last and len(item.targets) == count and not any(out in self.forced for out in outs):
            return list(item.targets)
        for out in outs:
            if out not in self.forced:
                wanted = self.after.names[out]
                is_free = wanted not in self.reading.variables.values() and wanted not in self.forced.values()
                self.forced[out] = (
                    wanted if is_free or self.reading.variables.get(out) == wanted else fresh(wanted, self.used)
                )
                self.used.add(self.forced[out])
        return [self.forced[out] for out in outs]
