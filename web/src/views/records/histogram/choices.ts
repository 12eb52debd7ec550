/** What the views of a histogram have in common: their settings, and how they say a count. */

import { formatInteger, formatNumber } from "../../../lib/format.ts";
import type { Choice } from "../controls.ts";
import type { RecordViewProps } from "../view.ts";

export const COUNTS: Choice = {
  name: "counts",
  label: "Scale of the counts",
  options: [
    ["linear", "Linear counts"],
    ["log", "Log counts"],
  ],
};

export function modes(props: RecordViewProps): Choice {
  const over = [
    ["heat", "Heat map over steps"],
    ["ridge", "Ridges over steps"],
  ] as const;
  const bars = ["bars", "Bars of this step"] as const;
  return { name: "mode", label: "Draw as", options: props.steps.length > 1 ? [...over, bars] : [bars] };
}

export function countText(count: number): string {
  const text = Number.isInteger(count) ? formatInteger(count) : formatNumber(count);
  return `${text} ${count === 1 ? "value" : "values"}`;
}
