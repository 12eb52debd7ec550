/** A leaderboard in a notebook cell. */

import type { Entry, Leaderboard, RankedProtocol } from "../api/analysis.ts";
import { formatExact, formatNumber, plural } from "../lib/format.ts";
import { cellWriters } from "../views/leaderboard/cells.ts";
import { whiskerMark } from "../views/leaderboard/mark.ts";
import { cellTexts, cellValue, entryKey, reach as reachOf, usualColumns } from "../views/leaderboard/model.ts";
import { meanText } from "../views/leaderboard/text.ts";
import { make, Sheet, type SheetCell, type SheetColumn, type SheetRow } from "../views/sheet/sheet.ts";
import { Host, type RenderContext } from "./host.ts";
import css from "./table.css?inline";

function render({ model, el }: RenderContext): () => void {
  const host = new Host(model, el, css, () => undefined);
  const sheet = new Sheet(host.root);
  const foot = make("div", "sheet-foot");
  host.root.append(foot);
  const show = (): void => {
    const board = JSON.parse(String(model.get("content"))) as Leaderboard;
    const columns = usualColumns(board, board.metric);
    sheet.update({
      label: `Leaderboard by ${board.metric}`,
      columns: columnsOf(board, columns),
      groups: board.protocols.map((protocol) => ({ title: wordsOf(protocol), rows: rowsOf(board, protocol, columns) })),
    });
    foot.textContent = footOf(board);
  };
  host.on("content", show);
  show();
  return () => {
    sheet.destroy();
    host.destroy();
  };
}

function columnsOf(board: Leaderboard, names: readonly string[]): SheetColumn[] {
  const arrow = board.goal === "max" ? "↑ larger is better" : "↓ smaller is better";
  const shown = names.flatMap((name) => board.columns.find((column) => column.name === name) ?? []);
  return [
    { name: "rank", title: "#", numeric: true },
    { name: "label", title: "configuration", numeric: false },
    { name: "plot", title: "", numeric: false, drawn: true },
    { name: "mean", title: board.metric, numeric: true, falls: board.goal === "max", hint: arrow },
    { name: "n", title: "runs", numeric: true },
    ...shown.map(({ name, title, kind, goal, source }) => ({
      name,
      title,
      numeric: kind !== "text" && kind !== "hash",
      falls: goal === "max",
      hint: source.join(", "),
    })),
  ];
}

function rowsOf(board: Leaderboard, protocol: RankedProtocol, columns: readonly string[]): SheetRow[] {
  const writers = cellWriters(board);
  const reach = reachOf(protocol.entries);
  const apart = protocol.reason !== null;
  const best = apart ? null : (protocol.entries[0]?.mean ?? null);
  return protocol.entries.map((entry) => ({
    key: entryKey(entry),
    strong: entry.tied && !apart,
    detail: () => seedsOf(entry),
    cells: [
      apart || entry.mean === null ? { text: "–", value: null } : { text: String(entry.rank), value: entry.rank },
      { text: labelOf(entry), value: labelOf(entry) },
      { text: "", value: null, node: reach ? whiskerMark(entry, reach, best) : make("span", "") },
      { text: meanText(entry), value: entry.mean, title: exact(entry) },
      { text: entry.missing > 0 ? `${entry.n} of ${entry.n + entry.missing}` : String(entry.n), value: entry.n },
      ...columns.map((name): SheetCell => {
        const value = entry.columns[name];
        const found = cellValue(value) ?? (cellTexts(value).join(", ") || null);
        const written = writers.get(name)?.(entry);
        return { text: written?.text ?? "–", title: written?.title, value: plain(found) };
      }),
    ],
  }));
}

function plain(value: string | number | boolean | null): string | number | null {
  return typeof value === "boolean" ? String(value) : value;
}

/** An entry that nothing tells apart is known by its run. */
function labelOf(entry: Entry): string {
  if (Object.keys(entry.config).length > 0 || entry.seeds.length !== 1) return entry.label;
  return entry.seeds[0]?.name ?? entry.label;
}

function seedsOf(entry: Entry): HTMLElement {
  const table = make("table", "seeds");
  table.setAttribute("aria-label", `Runs of ${labelOf(entry)}`);
  const head = make("tr", "");
  for (const title of ["run", "seed", "value", "state"]) head.append(make("th", "", title));
  table.append(head);
  for (const { name, seed, value, state } of entry.seeds) {
    const row = make("tr", "");
    const cells = [name, seed === null ? "–" : String(seed), value === null ? "–" : formatNumber(value, 6), state];
    for (const text of cells) row.append(make("td", "", text));
    table.append(row);
  }
  return table;
}

function exact({ mean, interval, best }: Entry): string {
  const words = [`mean ${formatExact(mean)}`];
  if (interval) words.push(`95 % interval ${formatExact(interval[0])} to ${formatExact(interval[1])}`);
  if (best !== null) words.push(`best single run ${formatExact(best)}`);
  return words.join("\n");
}

function wordsOf(protocol: RankedProtocol): string {
  if (protocol.reason === null) return "";
  return `${plural(protocol.runs, "run is", "runs are")} not ranked with these: ${protocol.reason}`;
}

function footOf(board: Leaderboard): string {
  const [first] = board.protocols;
  if (!first) return "Nothing to rank yet.";
  return [board.caveat, "Bold: may be the best.", first.method].filter(Boolean).join(" ");
}

export default { render };
