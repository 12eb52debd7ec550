/** Text as it was logged, or what changed in it since the step before or from run to run. */

import type { RecordReader } from "../../api/records.ts";
import { type DiffLine, diffLines, folded, type Piece } from "../../lib/diff.ts";
import { plural } from "../../lib/format.ts";
import { type Choice, Controls } from "./controls.ts";
import { element } from "./dom.ts";
import { diffChoice, type Pair, Pairs } from "./pairs.ts";
import { type Tile, Tiles } from "./tiles.ts";
import { MOST_TEXT, textOf } from "./values.ts";
import type { MakeRecordView, RecordItem, RecordView, RecordViewProps } from "./view.ts";

const AROUND = 3;
const WRAP: Choice = {
  name: "wrap",
  label: "Break long lines",
  options: [
    ["on", "wrap"],
    ["off", "long lines"],
  ],
};
const SIGNS = { same: " ", added: "+", removed: "−" } as const;
const WORDS = { same: "", added: "added: ", removed: "removed: " } as const;

class TextTile implements Tile {
  private readonly root = element("div", "text-view");
  private shown = "";
  private turn = 0;

  constructor(
    host: HTMLElement,
    private readonly reader: RecordReader,
    private readonly pairs: Pairs,
  ) {
    this.root.tabIndex = 0;
    host.append(this.root);
  }

  update(item: RecordItem, props: RecordViewProps): void {
    this.root.classList.toggle("long", props.settings.wrap === "off");
    this.root.setAttribute("role", "region");
    this.root.setAttribute("aria-label", `${props.key} of ${item.run.name}, step ${item.record.step}`);
    const [first] = props.items;
    const wanted = JSON.stringify([
      item.record.id,
      props.settings.diff,
      props.settings.diff === "run" && first?.record.id,
    ]);
    if (wanted === this.shown) return;
    const turn = ++this.turn;
    if (this.shown === "") props.onState({ busy: true });
    this.read(item, props).then(
      (nodes) => {
        if (this.turn !== turn) return;
        this.shown = wanted;
        this.root.replaceChildren(...nodes);
        props.onState({ busy: false, problem: null });
      },
      (problem: unknown) => this.turn === turn && props.onState({ busy: false, problem }),
    );
  }

  destroy(): void {
    this.turn = Number.NaN;
    this.root.remove();
  }

  private async read(item: RecordItem, props: RecordViewProps): Promise<Node[]> {
    const pair = await this.pairs.find(item, props);
    const text = await textOf(this.reader, item.run.id, item.record);
    if (!pair) return plain(text);
    return compared(await textOf(this.reader, pair.run, pair.record), text, pair);
  }
}

function plain(text: string): Node[] {
  const pre = element("pre", "", text.slice(0, MOST_TEXT));
  if (text.length <= MOST_TEXT) return [pre];
  return [
    pre,
    element("p", "muted", `${plural(text.length - MOST_TEXT, "character", "characters")} more: save it to read on.`),
  ];
}

function compared(before: string, after: string, pair: Pair): Node[] {
  const lines = diffLines(before.slice(0, MOST_TEXT), after.slice(0, MOST_TEXT));
  const count = (kind: DiffLine["kind"]): number => lines.filter((line) => line.kind === kind).length;
  const [added, removed] = [count("added"), count("removed")];
  const words =
    added + removed === 0 ? `The same as ${pair.name}` : `Since ${pair.name}: ${added} added, ${removed} removed`;
  const pre = element("pre", "diff");
  for (const line of folded(lines, AROUND)) {
    if ("skipped" in line) pre.append(element("span", "diff-skip", `  ${plural(line.skipped, "line")} unchanged\n`));
    else pre.append(lineOf(line));
  }
  return [element("p", "muted diff-head", words), pre];
}

function lineOf(line: DiffLine): HTMLElement {
  const row = element("span", `diff-line ${line.kind}`);
  const sign = element("span", "diff-sign", SIGNS[line.kind]);
  sign.setAttribute("aria-hidden", "true");
  row.append(sign);
  if (line.kind !== "same") row.append(element("span", "visually-hidden", WORDS[line.kind]));
  for (const piece of line.pieces) row.append(pieceOf(piece));
  row.append("\n");
  return row;
}

function pieceOf({ kind, text }: Piece): Node {
  if (kind === "same") return document.createTextNode(text);
  return element(kind === "added" ? "ins" : "del", "", text);
}

class TextView implements RecordView {
  private readonly tiles: Tiles;
  private readonly controls: Controls;
  private props: RecordViewProps;

  constructor(host: HTMLElement, props: RecordViewProps, reader: RecordReader) {
    this.props = props;
    const pairs = new Pairs(reader);
    this.tiles = new Tiles(host, (body) => new TextTile(body, reader, pairs), 1.6);
    this.controls = new Controls(host, (changes) => this.props.onSettings(changes));
    this.update(props);
  }

  update(props: RecordViewProps): void {
    this.props = props;
    this.controls.update([diffChoice(props), WRAP], props.settings);
    this.tiles.update(props);
  }

  destroy(): void {
    this.tiles.destroy();
  }
}

export const makeTextView: MakeRecordView = (host, props, reader) => new TextView(host, props, reader);
