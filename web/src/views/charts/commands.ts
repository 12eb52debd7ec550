/** What can be done with all charts of a page, as the palette lists it. */

import { LAST_SMOOTHING } from "../../components/toolbar.tsx";
import { isDefault, type Layout } from "../../lib/arrangement.ts";
import type { ShortcutId } from "../../lib/shortcuts.ts";
import type { ChartState } from "../../lib/url.ts";
import type { Command } from "../../state/commands.ts";
import type { Edit } from "../../state/layouts.ts";
import { recall, remember } from "../../state/remember.ts";

export interface Tools {
  readonly setTable: (id: string) => void;
  readonly setSettings: (of: { readonly id: string | null }) => void;
  readonly edit: (change: Edit) => void;
  readonly layout: Layout | null;
}

interface Offer {
  readonly chart: ChartState;
  readonly onChange: (changes: Partial<ChartState>, push?: boolean) => void;
  readonly tools: Tools;
  readonly layouts: { undo(): void; redo(): void } | null;
}

const SECTION = "Charts";

/** What a command of a key has in common. */
export function key(shortcut: ShortcutId): Pick<Command, "id" | "title" | "section" | "shortcut"> {
  return { id: shortcut, title: shortcut, section: SECTION, shortcut };
}

export function offered({ chart, onChange, tools, layouts }: Offer): readonly Command[] {
  const made = (id: string, title: string, act: () => void, words = ""): Command => ({
    id: `charts.${id}`,
    title,
    section: SECTION,
    words,
    act,
  });
  return [
    {
      ...key("charts.log"),
      title: chart.yLog ? "Linear y axis" : "Logarithmic y axis",
      act: () => onChange({ yLog: !chart.yLog }),
    },
    {
      ...key("charts.smooth"),
      title: chart.smooth > 0 ? "Smoothing off" : "Smoothing on",
      act: () => onChange({ smooth: toggledSmoothing(chart.smooth) }),
    },
    made("logx", chart.xLog ? "Linear x axis" : "Logarithmic x axis", () =>
      onChange({ xLog: !chart.xLog, zoom: null }),
    ),
    made("bands", chart.bands ? "Hide the bands of extremes" : "Show the bands of extremes", () =>
      onChange({ bands: !chart.bands }),
    ),
    made("outliers", chart.outliers ? "Leave outliers out of the axis" : "Outliers on the axis", () =>
      onChange({ outliers: !chart.outliers }),
    ),
    made("legend", chart.legend ? "Hide the legends" : "Legend in every chart", () =>
      onChange({ legend: !chart.legend }),
    ),
    ...["step", "time", "relative"]
      .filter((x) => x !== chart.x)
      .map((x) =>
        made(`x.${x}`, `X axis: ${x === "relative" ? "relative time" : x}`, () => onChange({ x, zoom: null })),
      ),
    ...(chart.zoom === null ? [] : [made("zoom", "Reset the zoom", () => onChange({ zoom: null }, true))]),
    made("new", "New chart of several metrics or of an expression", () => tools.setSettings({ id: null }), "add"),
    { ...key("charts.undo"), title: "Undo the change of the layout", act: () => layouts?.undo() },
    { ...key("charts.redo"), title: "Redo the change of the layout", act: () => layouts?.redo() },
    ...(tools.layout === null || isDefault(tools.layout)
      ? []
      : [made("restore", "Restore the default layout of charts", () => tools.edit(() => ({})))]),
  ];
}

/** Off, and back to what it was. */
function toggledSmoothing(now: number): number {
  if (now === 0) return Number(recall("smoothing")) || LAST_SMOOTHING;
  remember("smoothing", String(now));
  return 0;
}
