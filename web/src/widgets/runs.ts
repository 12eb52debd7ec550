/** Runs in a notebook cell. */

import { columnFormat, formatInteger, formatValue, plural, wireNumber } from "../lib/format.ts";
import { make, Sheet, type SheetRow } from "../views/sheet/sheet.ts";
import { Host, type RenderContext } from "./host.ts";
import css from "./table.css?inline";

type Plain = string | number | boolean | null;

interface Runs {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Plain[])[];
  readonly ids: readonly string[];
  readonly matched: number;
  readonly total: number;
}

function render({ model, el }: RenderContext): () => void {
  const host = new Host(model, el, css, () => undefined);
  const sheet = new Sheet(host.root);
  const foot = make("div", "sheet-foot");
  host.root.append(foot);
  const show = (): void => {
    const runs = JSON.parse(String(model.get("content"))) as Runs;
    const numeric = runs.columns.map((_, i) => isNumeric(runs.rows.map((row) => row[i] ?? null)));
    const columns = runs.columns.map((name, i) => ({
      name,
      title: titleOf(name),
      numeric: numeric[i] ?? false,
      hint: name,
    }));
    sheet.update({ label: "Runs", columns, groups: [{ title: "", rows: rowsOf(runs, numeric) }] });
    const more = runs.rows.length < runs.matched ? `${formatInteger(runs.rows.length)} of ` : "";
    foot.textContent = `${more}${plural(runs.matched, "run")}, ${formatInteger(runs.total)} in all`;
  };
  host.on("content", show);
  show();
  return () => {
    sheet.destroy();
    host.destroy();
  };
}

function rowsOf(runs: Runs, numeric: readonly boolean[]): SheetRow[] {
  const writers = runs.columns.map((_, i) => columnFormat(runs.rows.map((row) => wireNumber(row[i]))));
  return runs.rows.map((row, r) => ({
    key: runs.ids[r] ?? String(r),
    cells: row.map((value, i) => {
      const number = numeric[i] ? wireNumber(value) : null;
      if (number !== null) return { text: writers[i]?.(number) ?? String(number), value: number, title: String(value) };
      const text = formatValue(value);
      return { text, value: value === null ? null : text };
    }),
  }));
}

/** Whether all that is there is numbers; `"NaN"` is one beside others. */
function isNumeric(values: readonly Plain[]): boolean {
  const given = values.filter((value) => value !== null);
  return given.some((value) => typeof value === "number") && given.every((value) => wireNumber(value) !== null);
}

/** `train/loss` of `metric.train/loss`, `lr` of `config.lr`. */
function titleOf(name: string): string {
  return name.replace(/^(metric|config|attr|tag)\./, "");
}

export default { render };
