"""The single-file clients of `clients/`, each run by its own language against a real server."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "clients"
SERVE = """
import sys
from pathlib import Path
from gnomon.server.run import serve
from gnomon.store.home import Home
with Home.open(Path(sys.argv[1])) as home:
    serve(home, "127.0.0.1", int(sys.argv[2]), on_ready=lambda url: print(url, flush=True))
"""
PICTURE = ROOT / "docs" / "images" / "runs-light.png"
NOTE = 'say "hi" to C:\\temp'


@dataclass(frozen=True)
class Language:
    """How a program of one language is made and run.

    Args:
        needs: Programs it takes.
        file: Name of the source.
        source: Logs, waits for a line on standard input, logs some more and ends.
        build: Returns the commands that make it, given its folder.
        run: Returns the command that runs it.
    """

    needs: tuple[str, ...]
    file: str
    source: str
    run: Callable[[Path], list[str]]
    build: Callable[[Path], list[list[str]]] = lambda _: []


def go_module(folder: Path) -> list[list[str]]:
    (folder / "gnomon").mkdir()
    shutil.copy(CLIENTS / "gnomon.go", folder / "gnomon")
    (folder / "go.mod").write_text("module example\n\ngo 1.19\n")
    return [["go", "build", "-o", "program", "."]]


LANGUAGES = {
    "shell": Language(
        ("sh", "curl", "awk", "sed", "od"),
        "program.sh",
        f"""
. {CLIENTS}/gnomon.sh
gnomon_init digits clients '{{"lr": 0.1, "net": {{"depth": 3}}}}'
gnomon_log 1 train/loss=0.5 train/acc=.25
gnomon_log 2 train/loss=nan
echo ready
read line
gnomon_text 2 note 'say "hi" to C:\\temp'
gnomon_log 3 train/loss=-inf
gnomon_media 3 pictures/one "$PICTURE"
gnomon_finish
""",
        lambda f: ["sh", str(f / "program.sh")],
    ),
    "c": Language(
        ("gcc",),
        "program.c",
        r"""
#define GNOMON_IMPLEMENTATION
#include "gnomon.h"
static gnomon_run run;
int main(void) {
    gnomon_init(&run, "digits", "clients", "{\"lr\": 0.1, \"net\": {\"depth\": 3}}");
    gnomon_log(&run, 1, "train/loss", 0.5);
    gnomon_log(&run, 1, "train/acc", 0.25);
    gnomon_log(&run, 2, "train/loss", NAN);
    gnomon_flush(&run);
    puts("ready");
    fflush(stdout);
    getchar();
    gnomon_text(&run, 2, "note", "say \"hi\" to C:\\temp");
    gnomon_log(&run, 3, "train/loss", -INFINITY);
    return !gnomon_finish(&run, "finished");
}
""",
        lambda f: [str(f / "program")],
        lambda f: [
            ["gcc", "-std=gnu99", "-Wall", "-Wextra", "-Werror", f"-I{CLIENTS}", "program.c", "-o", "program", "-lm"]
        ],
    ),
    "c++": Language(
        ("g++",),
        "program.cpp",
        r"""
#include "gnomon.hpp"
int main() {
    gnomon::Run run("digits", "clients", R"({"lr": 0.1, "net": {"depth": 3}})");
    run.log({{"train/loss", 0.5}, {"train/acc", 0.25}}, 1);
    run.log({{"train/loss", NAN}}, 2);
    run.flush();
    std::puts("ready");
    std::fflush(stdout);
    std::getchar();
    run.text("note", "say \"hi\" to C:\\temp", 2);
    run.log({{"train/loss", -INFINITY}}, 3);
    return !run.finish();
}
""",
        lambda f: [str(f / "program")],
        lambda f: [
            ["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", f"-I{CLIENTS}", "program.cpp", "-o", "program"]
        ],
    ),
    "lua": Language(
        ("lua5.4", "curl"),
        "program.lua",
        f"""
package.path = "{CLIENTS}/?.lua;" .. package.path
local gnomon = require "gnomon"
local run = gnomon.init("digits", "clients", {{lr = 0.1, net = {{depth = 3}}}})
run:log({{["train/loss"] = 0.5, ["train/acc"] = 0.25}}, 1)
run:log({{["train/loss"] = 0 / 0}}, 2)
run:flush()
print("ready")
io.flush()
io.read()
run:log({{note = 'say "hi" to C:\\\\temp'}}, 2)
run:log({{["train/loss"] = -math.huge}}, 3)
run:media("pictures/one", os.getenv("PICTURE"), 3)
os.exit(run:finish())
""",
        lambda f: ["lua5.4", str(f / "program.lua")],
    ),
    "javascript": Language(
        ("node",),
        "program.mjs",
        f"""
import {{ init }} from "{CLIENTS}/gnomon.mjs";
import {{ once }} from "node:events";
import {{ readFile }} from "node:fs/promises";
const run = init("digits", "clients", {{ lr: 0.1, net: {{ depth: 3 }} }});
run.log({{ "train/loss": 0.5, "train/acc": 0.25 }}, 1);
run.log({{ "train/loss": NaN }}, 2);
await run.flush();
console.log("ready");
await once(process.stdin, "data");
run.log({{ note: 'say "hi" to C:\\\\temp' }}, 2);
run.log({{ "train/loss": -Infinity }}, 3);
await run.media("pictures/one", await readFile(process.env.PICTURE), 3);
process.exit((await run.finish()) ? 0 : 1);
""",
        lambda f: ["node", str(f / "program.mjs")],
    ),
    "go": Language(
        ("go",),
        "program.go",
        """
package main

import (
	"bufio"
	"math"
	"os"

	"example/gnomon"
)

func main() {
	run := gnomon.Init("digits", "clients", map[string]any{"lr": 0.1, "net": map[string]any{"depth": 3}})
	run.Log(1, map[string]any{"train/loss": 0.5, "train/acc": 0.25})
	run.Log(2, map[string]any{"train/loss": math.NaN()})
	run.Flush()
	os.Stdout.WriteString("ready\\n")
	bufio.NewReader(os.Stdin).ReadString('\\n')
	run.Log(2, map[string]any{"note": `say "hi" to C:\\temp`})
	run.Log(3, map[string]any{"train/loss": math.Inf(-1)})
	picture, _ := os.ReadFile(os.Getenv("PICTURE"))
	run.Media(3, "pictures/one", "one.png", picture)
	if !run.Finish("finished") {
		os.Exit(1)
	}
}
""",
        lambda f: [str(f / "program")],
        go_module,
    ),
    "r": Language(
        ("Rscript",),
        "program.R",
        f"""
source("{CLIENTS}/gnomon.R")
run <- gnomon_init("digits", "clients", list(lr = 0.1, net = list(depth = 3)))
gnomon_log(run, list("train/loss" = 0.5, "train/acc" = 0.25), step = 1)
gnomon_log(run, list("train/loss" = NaN), step = 2)
gnomon_flush(run)
cat("ready\\n")
invisible(readLines(file("stdin"), 1))
gnomon_log(run, list(note = 'say "hi" to C:\\\\temp'), step = 2)
gnomon_log(run, list("train/loss" = -Inf), step = 3)
gnomon_media(run, "pictures/one", Sys.getenv("PICTURE"), step = 3)
quit(status = if (gnomon_finish(run)) 0 else 1)
""",
        lambda f: ["Rscript", str(f / "program.R")],
    ),
    "julia": Language(
        ("julia",),
        "program.jl",
        f"""
include("{CLIENTS}/Gnomon.jl")
run = Gnomon.init("digits", "clients", Dict("lr" => 0.1, "net" => Dict("depth" => 3)))
Gnomon.log(run, Dict("train/loss" => 0.5, "train/acc" => 0.25), 1)
Gnomon.log(run, Dict("train/loss" => NaN), 2)
Gnomon.flush(run)
println("ready")
readline()
Gnomon.log(run, Dict("note" => "say \\"hi\\" to C:\\\\temp"), 2)
Gnomon.log(run, Dict("train/loss" => -Inf), 3)
Gnomon.media(run, "pictures/one", ENV["PICTURE"], 3)
exit(Gnomon.finish(run) ? 0 : 1)
""",
        lambda f: ["julia", str(f / "program.jl")],
    ),
}


class Served:
    """A server that can be stopped and started again on its port."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen[str] | None = None
        self.port = 0
        self.start()

    def start(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        command = [sys.executable, "-c", SERVE, str(self.home), str(self.port)]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.port = int(self.url.rpartition(":")[2])

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.communicate()
            self.process = None

    def run(self) -> dict[str, Any]:
        found = httpx.post(f"{self.url}/api/v1/runs:query", json={"project": "digits"}).json()["runs"]
        assert [run["name"] for run in found] == ["clients"]
        return dict(httpx.get(f"{self.url}/api/v1/runs/{found[0]['id']}").json())

    def series(self, run: str, key: str) -> dict[str, list[Any]]:
        found = httpx.get(f"{self.url}/api/v1/runs/{run}/series/{key}").json()
        return {"step": found["step"], "value": found["value"]}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path / "home")
    try:
        yield server
    finally:
        server.stop()


AWAY = sorted(LANGUAGES) if os.environ.get("GNOMON_TRIALS") == "full" else ["c", "javascript", "r"]
"""Languages that meet a server which is away: all of them in make test-all."""


@pytest.fixture(params=sorted(LANGUAGES))
def language(request: pytest.FixtureRequest) -> Language:
    return LANGUAGES[request.param]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Language], list[str]]:
    """Builds a program of a language, once."""

    @cache
    def build(file: str) -> Path:
        folder = tmp_path_factory.mktemp("program")
        language = next(each for each in LANGUAGES.values() if each.file == file)
        (folder / language.file).write_text(language.source)
        for command in language.build(folder):
            subprocess.run(command, cwd=folder, check=True)
        return folder

    return lambda language: language.run(build(language.file))


@pytest.fixture
def program(language: Language, built: Callable[[Language], list[str]]) -> list[str]:
    """The command that runs a program of one language, built."""
    for tool in language.needs:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not on this machine")
    return built(language)


@contextmanager
def begun(program: list[str], served: Served) -> Iterator["subprocess.Popen[str]"]:
    """Run a program up to where it waits for a line."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GNOMON_")}
    environment |= {"GNOMON_URL": served.url, "TMPDIR": str(served.home), "PICTURE": str(PICTURE)}
    process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def end(process: "subprocess.Popen[str]") -> int:
    process.communicate("\n", timeout=60)
    return process.returncode


def check(served: Served, *, has_picture: bool) -> None:
    run = served.run()
    assert (run["state"], run["config"]) == ("finished", {"lr": 0.1, "net": {"depth": 3}})
    assert served.series(run["id"], "train/loss") == {"step": [1, 2, 3], "value": [0.5, "NaN", "-Infinity"]}
    assert served.series(run["id"], "train/acc") == {"step": [1], "value": [0.25]}
    records = f"{served.url}/api/v1/runs/{run['id']}/records"
    found = httpx.get(records, params={"key": "note"}).json()["records"]
    assert [(each["step"], each["kind"], each["value"]) for each in found] == [(2, "text", NOTE)]
    if has_picture:
        (picture,) = httpx.get(records, params={"key": "pictures/one"}).json()["records"]
        assert (picture["step"], picture["kind"]) == (3, "image")
        assert httpx.get(f"{records}/{picture['id']}/data").content == PICTURE.read_bytes()


def test_a_program_of_every_language_is_a_run_like_any_other(
    language: Language, program: list[str], served: Served
) -> None:
    with begun(program, served) as process:
        assert end(process) == 0
    check(served, has_picture="PICTURE" in language.source)


@pytest.mark.parametrize("language", AWAY, indirect=True)
def test_what_was_logged_while_the_server_was_away_arrives_once(
    language: Language, program: list[str], served: Served
) -> None:
    address = served.url
    served.stop()
    with begun(program, served) as process:  # it has tried to send, and there was nobody
        served.start()
        assert served.url == address
        assert end(process) == 0
    check(served, has_picture="PICTURE" in language.source)


def test_no_client_is_longer_than_a_page_or_two() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in CLIENTS.iterdir() if path.suffix != ".md"}
    assert len(lengths) == len(LANGUAGES)
    assert {name: length for name, length in lengths.items() if length >= 150} == {}
