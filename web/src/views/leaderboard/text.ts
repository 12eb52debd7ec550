/** A leaderboard as text for a spreadsheet, a page or a paper. */

import type { Entry, Leaderboard } from "../../api/analysis.ts";
import { cellTexts, cellValue, isRange } from "./model.ts";

const DASH = "–";

/** One line per entry with everything that is known, those of other protocols behind, with the reason. */
export function boardCsv(board: Leaderboard): string {
  const keys = [
    ...new Set(board.protocols.flatMap((one) => one.entries.flatMap((entry) => Object.keys(entry.config)))),
  ];
  const head = [
    ...["rank", "label", ...keys.map((key) => key.slice(key.indexOf(".") + 1)), "n", "missing", "mean", "low", "high"],
    ...["best", "tied", "p", ...board.columns.map((column) => column.name), "apart", "runs"],
  ];
  const rows = board.protocols.flatMap(({ reason, entries }) =>
    entries.map((entry) => [
      ...[entry.rank, entry.label, ...keys.map((key) => entry.config[key]), entry.n, entry.missing, entry.mean],
      ...[entry.interval?.[0], entry.interval?.[1], entry.best, entry.tied, entry.p],
      ...board.columns.map(({ name }) => cellValue(entry.columns[name]) ?? cellTexts(entry.columns[name]).join(" / ")),
      ...[reason, entry.seeds.map((seed) => seed.run).join(" ")],
    ]),
  );
  return `${[head, ...rows].map((row) => row.map(csvCell).join(",")).join("\n")}\n`;
}

function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value);
  // A spreadsheet would run what begins like a formula.
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The ranked entries with these columns; those that may be the best are bold. */
export function boardMarkdown(board: Leaderboard, columns: readonly string[]): string {
  const { head, rows } = table(board, columns);
  const rule = head.map((_, i) => (i >= head.length - 2 ? "---:" : "---"));
  const lines = rows.map(({ tied, cells }) => {
    const safe = cells.map((cell) => cell.replaceAll("|", "\\|"));
    return tied ? safe.map((cell) => `**${cell}**`) : safe;
  });
  return `${[head, rule, ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n")}\n`;
}

const SIGNS: Readonly<Record<string, string>> = {
  "&": "\\&",
  "%": "\\%",
  $: "\\$",
  "#": "\\#",
  _: "\\_",
  "{": "\\{",
  "}": "\\}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "\\": "\\textbackslash{}",
  "±": "$\\pm$",
  "↑": "$\\uparrow$",
  "↓": "$\\downarrow$",
  "·": "\\textperiodcentered{}",
  [DASH]: "--",
};

/** The same for LaTeX, with `booktabs`. */
export function boardLatex(board: Leaderboard, columns: readonly string[]): string {
  const { head, rows } = table(board, columns);
  const safe = (text: string): string => [...text].map((letter) => SIGNS[letter] ?? letter).join("");
  const body = rows.map(({ tied, cells }) =>
    cells.map((cell) => (tied ? `\\textbf{${safe(cell)}}` : safe(cell))).join(" & "),
  );
  const lines = [
    `\\begin{tabular}{${"l".repeat(head.length - 2)}rr}`,
    "\\toprule",
    `${head.map(safe).join(" & ")} \\\\`,
    "\\midrule",
    ...body.map((row) => `${row} \\\\`),
    "\\bottomrule",
    "\\end{tabular}",
  ];
  const note = board.protocols[0]?.method.replaceAll("%", "\\%") ?? "";
  return `${lines.join("\n")}\n% ${note}\n`;
}

function table(board: Leaderboard, columns: readonly string[]) {
  const titles = new Map(board.columns.map((column) => [column.name, column.title]));
  const shown = columns.filter((name) => titles.has(name));
  const arrow = board.goal === "max" ? "↑" : "↓";
  const head = ["#", "configuration", ...shown.map((name) => titles.get(name) ?? name), "runs"];
  const rows = (board.protocols[0]?.entries ?? []).map((entry) => ({
    tied: entry.tied,
    cells: [
      String(entry.rank),
      entry.label,
      ...shown.map((name) => cell(entry.columns[name])),
      entry.missing > 0 ? `${entry.n}/${entry.n + entry.missing}` : String(entry.n),
      meanText(entry),
    ],
  }));
  return { head: [...head, `${board.metric} ${arrow}`], rows };
}

function cell(value: Entry["columns"][string] | undefined): string {
  const one = cellValue(value);
  if (isRange(value) && value.low !== null && value.low !== value.high)
    return `${significant(value.low)} to ${significant(value.high as number)}`;
  if (one === null) return cellTexts(value).join(" / ") || DASH;
  return typeof one === "number" ? significant(one) : String(one);
}

function significant(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** `0.9312 ± 0.0041`: the mean with the decimals that its uncertainty calls for; an uneven interval is written out. */
export function meanText(entry: Pick<Entry, "mean" | "interval">, digits = 2): string {
  const { mean, interval } = entry;
  if (mean === null) return DASH;
  if (interval === null) return String(Number(mean.toPrecision(4)));
  const [low, high] = interval;
  const [down, up] = [mean - low, high - mean];
  const places = decimals(Math.max(down, up), digits);
  if (places === null) return String(Number(mean.toPrecision(4)));
  if (Math.abs(up - down) > 1e-9 * Math.max(Math.abs(low), Math.abs(high), 1e-300))
    return `${mean.toFixed(places)} [${low.toFixed(places)}, ${high.toFixed(places)}]`;
  return `${mean.toFixed(places)} ± ${up.toFixed(places)}`;
}

function decimals(half: number, digits: number): number | null {
  if (!(half > 0) || !Number.isFinite(half)) return null;
  return Math.min(12, Math.max(0, digits - 1 - Math.floor(Math.log10(half))));
}
