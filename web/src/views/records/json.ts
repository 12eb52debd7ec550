/** Plain data as a tree that opens and closes, is searched, and tells what changed. */

import type { RecordReader } from "../../api/records.ts";
import { formatExact, plural } from "../../lib/format.ts";
import {
  compare,
  isContainer,
  type Plain,
  parentsOf,
  rowsOf,
  search,
  type TreeDiff,
  type TreeRow,
} from "../../lib/tree.ts";
import { Controls } from "./controls.ts";
import { element } from "./dom.ts";
import { diffChoice, type Pair, Pairs } from "./pairs.ts";
import { type Tile, Tiles } from "./tiles.ts";
import { plainOf } from "./values.ts";
import type { MakeRecordView, RecordItem, RecordView, RecordViewProps } from "./view.ts";

/** Containers with at most so many members begin open, the outer ones. */
const OPEN_MEMBERS = 24;
const OPEN_DEPTH = 2;
const LONG_TEXT = 400;
const WORDS = { added: "added", removed: "removed", changed: "changed" } as const;

class JsonTile implements Tile {
  private readonly root = element("div", "json-view");
  private readonly open = new Set<string>();
  private readonly found = new Set<string>();
  private value: Plain | undefined;
  private difference: TreeDiff | null = null;
  private shown = "";
  private term = "";
  private turn = 0;
  /** Place that the arrow keys stand on. */
  private active = "";
  private opened = false;

  constructor(
    host: HTMLElement,
    private readonly reader: RecordReader,
    private readonly pairs: Pairs,
  ) {
    this.root.setAttribute("role", "tree");
    this.root.tabIndex = 0;
    this.root.addEventListener("click", (event) => this.click(event));
    this.root.addEventListener("keydown", (event) => this.key(event));
    host.append(this.root);
  }

  update(item: RecordItem, props: RecordViewProps): void {
    this.root.setAttribute("aria-label", `${props.key} of ${item.run.name}, step ${item.record.step}`);
    const term = props.settings.find ?? "";
    const [first] = props.items;
    const { diff } = props.settings;
    const wanted = JSON.stringify([item.record.id, diff, diff === "run" && first?.record.id]);
    if (wanted === this.shown) {
      if (term !== this.term) this.seek(term);
      return;
    }
    const turn = ++this.turn;
    if (this.shown === "") props.onState({ busy: true });
    this.read(item, props).then(
      ([value, pair, before]) => {
        if (this.turn !== turn) return;
        this.shown = wanted;
        this.put(value, pair, before, props);
        this.seek(term);
        props.onState({ busy: false, problem: null });
      },
      (problem: unknown) => this.turn === turn && props.onState({ busy: false, problem }),
    );
  }

  destroy(): void {
    this.turn = Number.NaN;
    this.root.remove();
  }

  private async read(item: RecordItem, props: RecordViewProps): Promise<[Plain, Pair | null, Plain | undefined]> {
    const pair = await this.pairs.find(item, props);
    const value = await plainOf(this.reader, item.run.id, item.record);
    return [value, pair, pair ? await plainOf(this.reader, pair.run, pair.record) : undefined];
  }

  private put(value: Plain, pair: Pair | null, before: Plain | undefined, props: RecordViewProps): void {
    this.value = value;
    this.difference = pair && before !== undefined ? compare(before, value) : null;
    // What somebody opened stays open over the steps.
    if (!this.opened) this.openOuter("", value, 0);
    this.opened = true;
    if (!this.difference) {
      props.onState({ note: "" });
      return;
    }
    const { marks, gone, counts } = this.difference;
    for (const path of [...parentsOf(marks.keys()), ...parentsOf([...gone.keys()].map((path) => `${path}/x`))])
      this.open.add(path);
    const parts = Object.entries(counts).flatMap(([word, n]) => (n > 0 ? [`${n} ${word}`] : []));
    props.onState({ note: `since ${pair?.name}: ${parts.join(", ") || "the same"}` });
  }

  private openOuter(path: string, value: Plain, depth: number): void {
    const { rows } = rowsOf(value, new Set(), new Map(), new Map(), 500);
    if (depth >= OPEN_DEPTH) return;
    for (const row of rows.slice(1)) {
      if (row.size === null || row.size > OPEN_MEMBERS) continue;
      const inner = path + row.path;
      this.open.add(inner);
      this.openOuter(inner, row.value, depth + 1);
    }
  }

  private seek(term: string): void {
    this.term = term;
    this.found.clear();
    const value = this.value;
    if (value === undefined) return;
    const paths = search(value, term);
    for (const path of paths) this.found.add(path);
    for (const path of parentsOf(paths)) this.open.add(path);
    this.draw();
    const [first] = paths;
    if (first !== undefined) this.row(first)?.scrollIntoView({ block: "nearest" });
  }

  private row(path: string): HTMLElement | null {
    return this.root.querySelector(`[data-path="${CSS.escape(path)}"]`);
  }

  private draw(): void {
    if (this.value === undefined) return;
    const { rows, more } = rowsOf(this.value, this.open, this.difference?.marks, this.difference?.gone);
    const nodes = rows.map((row) => this.line(row));
    if (more) nodes.push(element("p", "muted", "More is there than is drawn: close what is not needed, or save it."));
    this.root.replaceChildren(...nodes);
  }

  private line(row: TreeRow): HTMLElement {
    const line = element("div", `json-row${row.mark ? ` ${row.mark}` : ""}`);
    line.setAttribute("role", "treeitem");
    line.setAttribute("aria-level", String(row.depth + 1));
    line.dataset.path = row.path;
    line.style.setProperty("--depth", String(row.depth));
    if (row.size !== null && row.size > 0) line.setAttribute("aria-expanded", String(row.open));
    if (row.path === this.active) line.classList.add("active");
    line.classList.toggle("found", this.found.has(row.path));
    const fold = element("span", row.size ? "fold" : "fold none");
    fold.setAttribute("aria-hidden", "true");
    line.append(fold);
    if (row.name !== "") line.append(element("span", "json-name", row.name), ": ");
    line.append(shownValue(row));
    if (row.mark) {
      if (row.mark === "changed") line.append(element("span", "json-before", ` was ${textOf(row.before ?? null)}`));
      line.append(element("span", "visually-hidden", ` ${WORDS[row.mark]}`));
    }
    return line;
  }

  private toggle(path: string, open = !this.open.has(path)): void {
    if (path === "") return;
    if (open) this.open.add(path);
    else this.open.delete(path);
    this.draw();
  }

  private click(event: MouseEvent): void {
    const line = (event.target as Element).closest<HTMLElement>("[data-path]");
    if (!line) return;
    this.active = line.dataset.path ?? "";
    if (line.hasAttribute("aria-expanded")) this.toggle(this.active);
    else this.draw();
  }

  private key(event: KeyboardEvent): void {
    const lines = [...this.root.querySelectorAll<HTMLElement>("[data-path]")];
    const at = Math.max(
      0,
      lines.findIndex((line) => line.dataset.path === this.active),
    );
    const go = (i: number): void => {
      const line = lines[Math.max(0, Math.min(lines.length - 1, i))];
      this.active = line?.dataset.path ?? "";
      this.draw();
      this.row(this.active)?.scrollIntoView({ block: "nearest" });
    };
    const parent = this.active.slice(0, Math.max(0, this.active.lastIndexOf("/")));
    const acts: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      ArrowRight: () => this.toggle(this.active, true),
      ArrowLeft: () =>
        this.open.has(this.active)
          ? this.toggle(this.active, false)
          : go(lines.findIndex((line) => line.dataset.path === parent)),
      Enter: () => this.toggle(this.active),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }
}

function textOf(value: Plain): string {
  if (typeof value === "number") return formatExact(value);
  const text = JSON.stringify(value) ?? "";
  return text.length > LONG_TEXT ? `${text.slice(0, LONG_TEXT)}…` : text;
}

function shownValue({ value, size, open }: TreeRow): HTMLElement {
  if (size === null) return element("span", `json-${value === null ? "null" : typeof value}`, textOf(value));
  const [left, right] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (size === 0) return element("span", "muted", left + right);
  const short = open || !isContainer(value) ? "" : ` ${textOf(value).slice(1, 60)}`;
  return element("span", "muted", `${left}${plural(size, "entry", "entries")}${right}${short}`);
}

class JsonView implements RecordView {
  private readonly tiles: Tiles;
  private readonly controls: Controls;
  private readonly search = element("input");
  private props: RecordViewProps;

  constructor(host: HTMLElement, props: RecordViewProps, reader: RecordReader) {
    this.props = props;
    const pairs = new Pairs(reader);
    this.tiles = new Tiles(host, (body) => new JsonTile(body, reader, pairs), 1.4);
    this.controls = new Controls(host, (changes) => this.props.onSettings(changes));
    this.search.type = "search";
    this.search.placeholder = "Find";
    this.search.setAttribute("aria-label", `Find in ${props.key}`);
    this.search.addEventListener("input", () => this.props.onSettings({ find: this.search.value || null }));
    this.update(props);
  }

  update(props: RecordViewProps): void {
    this.props = props;
    this.controls.update([diffChoice(props)], props.settings);
    this.controls.append(this.search);
    if (document.activeElement !== this.search) this.search.value = props.settings.find ?? "";
    this.tiles.update(props);
  }

  destroy(): void {
    this.tiles.destroy();
  }
}

export const makeJsonView: MakeRecordView = (host, props, reader) => new JsonView(host, props, reader);
