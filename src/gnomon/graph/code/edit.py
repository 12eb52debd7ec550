"""The text of a file after an edit of its graph, made of changes of lines."""

import ast
import re
from collections.abc import Iterator

from gnomon.graph.code import keras, torch
from gnomon.graph.code.canonical import STANDARD, imported
from gnomon.graph.code.carry import with_comments
from gnomon.graph.code.frame import attribute_of, full_name
from gnomon.graph.code.opaque import indented, lines_of
from gnomon.graph.code.parts import MARK, above, comment, constant, entry, lit_, needed_inputs
from gnomon.graph.code.plan import Plan
from gnomon.graph.code.reading import Reading
from gnomon.graph.code.sequence import Entry, Impossible, Sequence
from gnomon.graph.code.splice import Splice
from gnomon.graph.code.walk import Item
from gnomon.graph.code.wrap import wrapped
from gnomon.graph.components.code import CodeNode
from gnomon.graph.helpers import HELPERS

IMPORTS = {
    "torch": "import torch",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "keras": "import keras",
    "layers": "from keras import layers",
    "ops": "from keras import ops",
    "math": "import math",
}


class Edit:
    """Make an edit of a graph in the file that says it.

    Args:
        reading: The file.
        before: What is written of the graph that it says.
        after: What is to be written.
        constants: Whether to write `INPUTS` and `OUTPUTS` where there are none.

    Raises:
        Impossible: It cannot be made statement by statement.
    """

    def __init__(self, reading: Reading, before: Plan, after: Plan, *, constants: bool = False) -> None:
        self.reading, self.before, self.after, self.constants = reading, before, after, constants
        self.frame = reading.frame
        self.splice = Splice(lines_of(self.frame.text))
        self.sequence = Sequence(reading, before, after)
        self.new: list[str] = []

    def text(self) -> str:
        """Return the file after the edit."""
        self._body()
        if self.frame.chain is not None or (self.frame.is_class and self.frame.target == "keras"):
            self._layers()
        elif self.frame.target == "torch":
            self._init()
            self._arguments()
        self._result()
        self._constants()
        self._run()
        self._helpers()
        self._above()
        self._imports()
        return self.splice.text()

    def _statement(self, name: str, entry: Entry, indent: int) -> list[str]:
        piece = entry.pieces[name]
        self.new.append(piece.call)
        if isinstance(self.after.report.nodes[name].component, CodeNode):
            setup = [piece.make] if piece.make and self.frame.target == "keras" else []
            return [line for part in [*setup, piece.call] for line in indented(part, indent)]
        return wrapped(f"{', '.join(entry.targets[name])} = {piece.call}", indent)

    def _body(self) -> None:
        """Change what computes."""
        items, splice = self.reading.items, self.splice
        indent = self.frame.body[0].col_offset if self.frame.body else 8
        for item in items:
            for statement in item.statements:
                if item.kind != "value" and not splice.stands_alone(statement):
                    raise Impossible
        kept = {id(each.item) for each in self.sequence.entries if each.item is not None}
        for item in items:
            if id(item) not in kept and item.kind != "return":
                self._cut(item.statements)
        self._marks(indent)
        anchor = self._start()
        for i, place in enumerate(self.sequence.entries):
            lines = [line for name in place.pieces for line in self._statement(name, place, indent)]
            if place.item is None or place.item.kind == "return":
                splice.add(anchor, lines)
            else:
                anchor = self._place(place, place.item, lines, anchor, has_moved=i in self.sequence.moved)

    def _place(self, place: Entry, item: Item, lines: list[str], anchor: int, *, has_moved: bool) -> int:
        """Put a statement of the file where it now belongs; return the line behind which the next one goes."""
        splice = self.splice
        first, last = item.statements[0].lineno, item.statements[-1].end_lineno or 0
        if item.kind == "value":
            if not place.is_clean or has_moved:
                raise Impossible
            return anchor
        if has_moved:
            behind = splice.behind(item.statements[-1]) or ""
            anew = [*lines[:-1], lines[-1] + behind] if lines else []
            splice.add(anchor, splice.lines[first - 1 : last] if place.is_clean else anew)
            self._cut(item.statements)
            return anchor
        if not place.is_clean and lines:
            note = splice.behind(item.statements[-1])
            splice.replace(first, last, [*lines[:-1], lines[-1] + (note or "")])
        elif not place.is_clean:
            self._cut(item.statements)
        return last

    def _marks(self, indent: int) -> None:
        """Change the comments that stand for nodes which cannot be written, so that reading the file keeps them."""
        run = self.frame.run
        for row, line in enumerate(self.splice.lines, 1):
            if line.strip().startswith(MARK):
                self.splice.replace(row, row, [])
        known = {name for item in self.reading.items for name in item.nodes} - self.sequence.marked
        if self.sequence.return_is_clean:
            known |= {name for name, _ in self.reading.returns}
        new = [f"{MARK}{name}: {why}" for name, why in self.after.missing.items() if name not in known]
        if new and isinstance(run, ast.FunctionDef):
            last = self.frame.body[-1]
            at = last.lineno - 1 if isinstance(last, ast.Return) else last.end_lineno or 0
            self.splice.add(at, [" " * indent + comment(line[2:]) for line in new])

    def _start(self) -> int:
        """Return the line behind which the first statement goes."""
        first = self.frame.body[0] if self.frame.body else None
        if first is None:
            raise Impossible
        if isinstance(self.frame.run, ast.FunctionDef):
            head = [node for node in self.frame.run.body if node.lineno < first.lineno]
            ends = [node.end_lineno or 0 for node in head]
            return max([*ends, self._header_end(self.frame.run)])
        return first.lineno - 1

    def _header_end(self, function: ast.FunctionDef) -> int:
        """Return the line where the header of a function ends."""
        before = function.body[0].lineno - 1
        for row in range(before, function.lineno - 1, -1):
            text = self.splice.lines[row - 1].split("#")[0].rstrip()
            if text.endswith(":"):
                return row
        raise Impossible

    def _cut(self, statements: list[ast.stmt]) -> None:
        self.splice.replace(statements[0].lineno, statements[-1].end_lineno or 0, [])

    def _init(self) -> None:
        """Change what is made."""
        init, splice = self.frame.init, self.splice
        made: dict[str, list[str]] = {}
        stay = {name for entry in self.sequence.entries for name in entry.nodes} - self.sequence.marked
        gone = [name for name in self.reading.attrs if name not in self.after.by_id and name not in stay]
        # What the file calls as a function stays one, though we would make a module of it.
        clean = {name for entry in self.sequence.entries if entry.is_clean for name in entry.nodes}
        called = (clean - self.reading.attrs.keys()) | self.after.missing.keys()
        for name in self.after.report.order:
            piece = None if name in called else self.after.pieces.get(name)
            if piece is None or (piece.make is None and not self._was_made(name)):
                continue
            component = self.after.report.nodes[name].component
            old = self.before.pieces.get(name)
            if isinstance(component, CodeNode):
                if old is not None and old.make != piece.make:
                    raise Impossible
                if old is None and piece.make:
                    made[name] = indented(piece.make, 8)
                continue
            if old is not None and name in self.reading.attrs and self._same_make(name):
                continue
            part = self.reading.parts.get(self.reading.attrs.get(name, ""))
            if part is not None and piece.make is not None and name in clean:
                self._exchange(part, piece.make)
            elif piece.make is None:
                gone.append(name)
            else:
                self.new.append(piece.make)
                made[name] = wrapped(f"self.{self.sequence.attr(name)} = {piece.make}", 8)
        for name in gone:
            attr = self.reading.attrs[name]
            if attr in self.frame.makes and not self._is_used(attr):
                statement = self.frame.makes[attr][0]
                if not splice.stands_alone(statement):
                    raise Impossible
                self._cut([statement])
        self._put(made, init)

    def _layers(self) -> None:
        """Put other layers in the places where layers are made: in a chain, and in a class of Keras."""
        if any(place.pieces for place in self.sequence.entries) or self.after.inputs != self.before.inputs:
            raise Impossible
        for name in (name for place in self.sequence.entries for name in place.nodes):
            if name in self.after.missing or self._is_code(name) or self._same_make(name):
                continue
            attr = self.reading.attrs.get(name, "")
            part = self.reading.parts.get(attr) or self.frame.makes.get(attr, (None, None))[1]
            code = self.after.code(name)
            if part is None or isinstance(code, str) or code.make is None:
                raise Impossible
            is_named = any(each.arg == "name" for each in part.keywords)
            bare = code.make if is_named else code.make.replace(", name={name}", "").replace("name={name}", "")
            self._exchange(part, bare.format(name=lit_(name)))

    def _exchange(self, part: ast.Call, make: str) -> None:
        """Put another layer in the place of one within `Sequential`, or of one that is made in `__init__`."""
        row, last = part.lineno, part.end_lineno or part.lineno
        if row in self.splice.replaced or any("#" in line for line in self.splice.lines[row - 1 : last - 1]):
            raise Impossible
        head = self.splice.lines[row - 1].encode()[: part.col_offset].decode()
        tail = self.splice.lines[last - 1].encode()[part.end_col_offset or 0 :].decode()
        kind, _, arguments = make.partition("(")
        if kind == full_name(part.func, self.frame.names):
            make = f"{ast.unparse(part.func)}({arguments}"  # as the file calls it
        else:
            self.new.append(make)
        self.splice.replace(row, last, [head + make + tail])

    def _was_made(self, name: str) -> bool:
        return name in self.reading.attrs

    def _same_make(self, name: str) -> bool:
        one, other = self.before.code(name), self.after.code(name)
        return not isinstance(one, str) and not isinstance(other, str) and one.make == other.make

    def _is_used(self, attr: str) -> bool:
        """Return whether a layer is still called by something."""
        nodes = [name for name, each in self.reading.attrs.items() if each == attr and name in self.after.pieces]
        by_node = any(self.after.pieces[name].make is not None for name in nodes)
        texts = [piece.call for name, piece in self.after.pieces.items() if self._is_code(name)]
        others = [node for each in self._others() for node in ast.walk(each)]
        return (
            by_node
            or any(f"self.{attr}" in text for text in texts)
            or any(attribute_of(node) == attr for node in others)
        )

    def _others(self) -> Iterator[ast.stmt]:
        """Return the statements of the class that are neither of a layer nor of `forward`."""
        own = {id(statement) for statement, _ in self.frame.makes.values()}
        if isinstance(self.frame.owner, ast.ClassDef):
            for node in self.frame.owner.body:
                if node is self.frame.init:
                    yield from (each for each in self.frame.init.body if id(each) not in own)
                elif node is not self.frame.run:
                    yield node

    def _is_code(self, name: str) -> bool:
        return isinstance(self.after.report.nodes[name].component, CodeNode)

    def _put(self, made: dict[str, list[str]], init: ast.FunctionDef | None) -> None:
        """Put new layers behind those before them."""
        splice = self.splice
        if not made:
            return
        if init is None:
            lines = [
                "    def __init__(self) -> None:",
                "        super().__init__()",
                *(x for each in made.values() for x in each),
                "",
            ]
            run = self.frame.run
            assert isinstance(run, ast.FunctionDef)
            first = min([run.lineno, *(each.lineno for each in run.decorator_list)])
            splice.add(first - 1, lines)
            return
        indent = init.body[0].col_offset
        anchor = next(
            (each.end_lineno or 0 for each in init.body if "super" in ast.dump(each)), init.body[0].end_lineno or 0
        )
        if init.body[0].lineno == init.lineno:
            raise Impossible
        for name in self.after.report.order:
            attr = self.reading.attrs.get(name, "")
            known = self.frame.makes.get(attr)
            lines = [" " * (indent - 8) + line if line.strip() else line for line in made.get(name, [])]
            if known is not None:
                if not splice.stands_alone(known[0]):
                    raise Impossible
                if lines:
                    note = splice.behind(known[0]) or ""
                    splice.replace(known[0].lineno, known[0].end_lineno or 0, [*lines[:-1], lines[-1] + note])
                anchor = known[0].end_lineno or anchor
            elif lines:
                splice.add(anchor, lines)

    def _arguments(self) -> None:
        """Change the arguments of `forward`."""
        run = self.frame.run
        assert isinstance(run, ast.FunctionDef)
        had = [node.id for node in self.reading.graph.nodes if self.before.kind(node.id) == "Input"]
        if self.after.inputs == had or any(self.after.kind(each) == "Input" for each in self.after.missing):
            return
        header = range(run.lineno, self._header_end(run) + 1)
        if len(header) != 1 or run.args.vararg or run.args.kwarg or run.args.kwonlyargs or run.args.defaults:
            raise Impossible
        names = [self.reading.variables.get((name, 0), name) for name in self.after.inputs]
        line = self.splice.lines[run.lineno - 1]
        args = [*run.args.posonlyargs, *run.args.args]
        texts = {each.arg: ast.get_source_segment(self.frame.text, each) or each.arg for each in args}
        given = [texts.get(name, f"{name}: torch.Tensor") for name in [args[0].arg, *names]]
        start = line.index("(", line.index("forward"))
        end = args[-1].end_col_offset or 0
        rest = line.encode()[end:].decode()
        new = f"{line[: start + 1].strip()}{', '.join(given)}{rest}"
        self.splice.replace(run.lineno, run.lineno, wrapped(new, run.col_offset))

    def _result(self) -> None:
        """Change what is returned."""
        if self.sequence.return_is_clean:
            return
        item = next((each for each in self.reading.items if each.kind == "return"), None)
        names = [variable for _, variable in self.sequence.returns]
        if item is None:
            raise Impossible
        statement = item.statements[0]
        note = self.splice.behind(statement) or ""
        if self.frame.chain is not None or (self.frame.is_class and self.frame.target == "keras"):
            raise Impossible
        if self.frame.target == "torch":
            text = f"return {', '.join(names) or 'None'}"
        else:
            inputs = [self._input_variable(name) for name in self.after.inputs]
            made = f"keras.Model({keras.listed(inputs)}, {keras.listed(names)})"
            self.new.append(made)
            head = f"{ast.unparse(statement.targets[0])} =" if isinstance(statement, ast.Assign) else "return"
            text = f"{head} {made}"
        lines = wrapped(text, statement.col_offset)
        self.splice.replace(statement.lineno, statement.end_lineno or 0, [*lines[:-1], lines[-1] + note])

    def _input_variable(self, name: str) -> str:
        return self.sequence.forced.get((name, 0)) or self.reading.variables.get((name, 0)) or self.after.names[name, 0]

    def _constants(self) -> None:
        """Change `INPUTS` and `OUTPUTS`."""
        spot = max(
            (node.end_lineno or 0 for node in self.frame.tree.body if isinstance(node, (ast.Import, ast.ImportFrom))),
            default=0,
        )
        parts = (
            ("INPUTS", "type", self.after.inputs, self.before.inputs),
            ("OUTPUTS", "task", self.after.outputs, self.before.outputs),
        )
        for name, key, now, then in parts:
            told = self.frame.constants.get(name)
            same = now == then and all(entry(self.after, each, key) == entry(self.before, each, key) for each in now)
            waits = self.sequence.return_is_clean and any(
                self.after.kind(each) == "Output" for each in self.after.missing
            )
            if told is not None and not same and not (waits and name == "OUTPUTS"):
                nodes = now if name == "OUTPUTS" or self.frame.says_inputs else needed_inputs(self.after)
                self.splice.replace(
                    told.lineno, told.end_lineno or 0, [line.text for line in constant(self.after, name, nodes, key)]
                )
            elif told is None and self.constants and now:
                lines = [line.text for line in constant(self.after, name, now, key)]
                self.splice.add(spot, ["", *lines] if name == "INPUTS" or not self.after.inputs else lines)

    def _run(self) -> None:
        """Change what runs when the file is run, if it is as we wrote it."""
        last = self.frame.tree.body[-1]
        name = self.frame.owner.name if isinstance(self.frame.owner, ast.ClassDef) else ""
        if self.frame.chain is not None:
            return
        write = (lambda plan: torch.run(plan, name)) if self.frame.target == "torch" else keras.run
        ours, new = write(self.before), write(self.after)
        if (
            not self.after.missing
            and ours != new
            and isinstance(last, ast.If)
            and ast.dump(last) == ast.dump(ast.parse("\n".join(ours)).body[0])
        ):
            self.splice.replace(last.lineno, last.end_lineno or 0, new)

    def _helpers(self) -> None:
        """Add functions that new statements call."""
        owner = self.frame.owner
        has = {node.name for node in self.frame.tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        names = sorted(
            {name for entry in self.sequence.entries for piece in entry.pieces.values() for name in piece.helpers} - has
        )
        for name in names:
            if isinstance(owner, ast.Module):
                raise Impossible
            first = self._first(owner)
            text = HELPERS[self.frame.target][name].strip("\n")
            self.new.append(text)
            self.splice.add(first - 1, [*text.split("\n"), "", ""])

    def _first(self, owner: ast.ClassDef | ast.FunctionDef) -> int:
        """Return the first line of a class or function, with its decorators and the comment right above it."""
        first = min([owner.lineno, *(each.lineno for each in owner.decorator_list)])
        while first > 1 and self.splice.lines[first - 2].startswith("#"):
            first -= 1
        return first

    def _above(self) -> None:
        """Add the classes and functions of graphs within the graph, and change those whose graph is another now."""
        has = {node.name: node for node in self.frame.tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        was = above(self.before)
        for text in above(self.after):
            node = has.get(_defined(text))
            if node is None:
                owner = self.frame.owner
                if isinstance(owner, ast.Module):
                    raise Impossible
                first = self._first(owner)
                self.splice.add(first - 1, [*text.split("\n"), "", ""])
            elif text not in was:
                first, last = node.lineno, node.end_lineno or node.lineno
                anew = with_comments("\n".join(self.splice.lines[first - 1 : last]), text)
                self.splice.replace(first, last, anew.split("\n"))
            else:
                continue
            self.new.append(text)

    def _imports(self) -> None:
        """Add imports that new statements need."""
        body = self.frame.tree.body
        text = "\n".join(self.new)
        pieces = [piece for entry in self.sequence.entries for piece in entry.pieces.values()]
        wanted = {line for piece in pieces for line in piece.imports}
        wanted |= {line for word, line in IMPORTS.items() if re.search(rf"(?<![\w.]){word}\.", text)}
        spots = [node.end_lineno or 0 for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
        if not spots:
            first = body[0]
            is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            spots = [(first.end_lineno or 0) if is_text else 0]
        for line in torch.sorted_imports(wanted):
            for name, full in imported(ast.parse(line).body).items():
                if name not in self.frame.names:
                    one = IMPORTS.get(
                        name, line if "," not in line else f"from {full.rpartition('.')[0]} import {name}"
                    )
                    self.splice.add(max(spots), [one])
                elif self.frame.names[name].removeprefix("tensorflow.") != full and STANDARD.get(name) == full:
                    raise Impossible


def _defined(text: str) -> str:
    """Return the class or function that source defines."""
    return text.partition("(")[0].split()[1]
