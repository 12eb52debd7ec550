/**
 * Where charts stand and how they differ: pure functions on the layout of a project, in which only changes are written.
 *
 * The types are those of the wire, `ChartLayout` and its parts; `lib` knows nothing of `api`, so they stand here again,
 * and `types.test.ts` holds them to be the same.
 */

import { apartSection, matcher, type Section, sectionOf, sections } from "./sections.ts";

/** One metric of a chart: the key of a series, or an expression over several. */
export interface LineSpec {
  readonly key?: string;
  readonly expression?: string;
}

/** What a chart does differently from the bar above all charts. */
export interface Settings {
  readonly lines?: readonly LineSpec[];
  readonly title?: string;
  readonly x?: string | null;
  readonly x_log?: boolean | null;
  readonly y_log?: boolean | null;
  readonly low?: number | null;
  readonly high?: number | null;
  readonly bands?: boolean | null;
  readonly outliers?: boolean | null;
  readonly smooth?: number | null;
  readonly smoothing?: "ema" | "gauss" | "mean" | null;
  readonly runs?: readonly string[] | null;
  readonly span?: number;
}

export type Height = "small" | "medium" | "large";

/** A chart is named by its series; ids that begin with `+` are charts that somebody made. */
export interface Layout {
  readonly columns?: number | null;
  readonly height?: Height;
  readonly pinned?: readonly string[];
  /** For each section the charts that come first; one that is listed belongs there whatever its name. */
  readonly order?: Readonly<Record<string, readonly string[]>>;
  readonly charts?: Readonly<Record<string, Settings>>;
}

export const EMPTY: Layout = {};
export const PINNED = "pinned";
const CUSTOM = "custom";
export const MOST_COLUMNS = 4;
/** Height of a chart with the space below it, in pixels. */
export const HEIGHTS: Readonly<Record<Height, number>> = { small: 170, medium: 226, large: 340 };

export function isCustom(id: string): boolean {
  return id.startsWith("+");
}

export function settingsOf(layout: Layout, id: string): Settings {
  return layout.charts?.[id] ?? {};
}

/** What a chart draws. */
export function linesOf(layout: Layout, id: string): readonly LineSpec[] {
  const lines = settingsOf(layout, id).lines ?? [];
  return lines.length > 0 ? lines : [{ key: id }];
}

/** A metric as it is called: its key, or the expression. */
export function lineName(line: LineSpec): string {
  return line.expression || line.key || "";
}

/** What a chart is called. */
export function titleOf(layout: Layout, id: string): string {
  const { title } = settingsOf(layout, id);
  return title || linesOf(layout, id).map(lineName).join(", ");
}

/** How many columns a chart takes. */
export function spanOf(layout: Layout, id: string): number {
  return Math.max(1, Math.min(MOST_COLUMNS, settingsOf(layout, id).span ?? 1));
}

const NONE_APART: ReadonlySet<string> = new Set();

/** All charts in their sections: pinned ones first, then made ones, then those of the keys. */
export function arranged(
  keys: readonly string[],
  layout: Layout,
  apart: ReadonlySet<string> = NONE_APART,
  pattern = "",
): Section[] {
  const known = new Set(keys);
  const made = Object.keys(layout.charts ?? {}).filter(isCustom);
  const exists = (id: string): boolean => known.has(id) || (isCustom(id) && layout.charts?.[id] !== undefined);
  const pins = (layout.pinned ?? []).filter(exists);
  const taken = new Set(pins);
  const places = new Map<string, string>();
  const ranks = new Map<string, number>();
  for (const [section, ids] of Object.entries(layout.order ?? {})) {
    for (const [rank, id] of ids.entries()) {
      if (places.has(id)) continue;
      places.set(id, section);
      ranks.set(id, rank);
    }
  }
  const matches = matcher(pattern);
  const found = (id: string): boolean =>
    matches(id) || (layout.charts?.[id] !== undefined && matches(titleOf(layout, id)));
  const place = (id: string): string =>
    places.get(id) ?? (isCustom(id) ? CUSTOM : apart.has(id) ? apartSection(id) : keySection(id));
  const rank = (id: string): number => ranks.get(id) ?? Number.POSITIVE_INFINITY;
  const rest = [...made, ...keys].filter((id) => !taken.has(id) && found(id));
  const below =
    ranks.size === 0 && made.length === 0 && apart.size === 0 ? sections(rest) : sections(rest, place, rank);
  const above = pins.filter(found);
  return above.length > 0 ? [{ name: PINNED, keys: above }, ...below] : below;
}

/** Keys that begin with `pinned/` are not taken for pinned ones. */
function keySection(key: string): string {
  const name = sectionOf(key);
  return name === PINNED ? `${name}/` : name;
}

export function isPinned(layout: Layout, id: string): boolean {
  return layout.pinned?.includes(id) ?? false;
}

export function pinned(layout: Layout, id: string, on: boolean): Layout {
  const others = (layout.pinned ?? []).filter((one) => one !== id);
  return tidy({ ...layout, pinned: on ? [...others, id] : others });
}

/**
 * The layout after a chart was put somewhere.
 *
 * @param all Every chart in its section, whatever is shown of them.
 * @param before Chart that it stands before; `null` is the end.
 */
export function moved(
  layout: Layout,
  all: readonly Section[],
  id: string,
  section: string,
  before: string | null,
): Layout {
  if (id === before) return layout;
  const others = (all.find((one) => one.name === section)?.keys ?? []).filter((one) => one !== id);
  const found = before === null ? -1 : others.indexOf(before);
  const at = found < 0 ? others.length : found;
  const next = [...others.slice(0, at), id, ...others.slice(at)];
  const pins = (layout.pinned ?? []).filter((one) => one !== id);
  if (section === PINNED) return tidy({ ...layout, pinned: next });
  const order = Object.fromEntries(
    Object.entries(layout.order ?? {}).map(([name, ids]) => [name, ids.filter((one) => one !== id)]),
  );
  // What nobody moved stays in the order of names behind what somebody did.
  const kept = Math.max(at + 1, 1 + next.reduce((last, one, i) => (order[section]?.includes(one) ? i : last), -1));
  return tidy({ ...layout, pinned: pins, order: { ...order, [section]: next.slice(0, kept) } });
}

/** One place earlier or later within its section, or to the end of the section before or after. */
export function nudged(layout: Layout, all: readonly Section[], id: string, by: -1 | 1, sectionwise = false): Layout {
  const at = all.findIndex((section) => section.keys.includes(id));
  const here = all[at];
  if (!here) return layout;
  if (sectionwise) {
    const other = all[at + by];
    return other ? moved(layout, all, id, other.name, by > 0 ? (other.keys[0] ?? null) : null) : layout;
  }
  const i = here.keys.indexOf(id);
  if (i + by < 0 || i + by >= here.keys.length) return layout;
  return moved(layout, all, id, here.name, here.keys[by < 0 ? i - 1 : i + 2] ?? null);
}

/** The layout with other settings of a chart; what is `null` or empty follows the bar again. */
export function configured(layout: Layout, id: string, changes: Settings): Layout {
  const next = Object.entries({ ...settingsOf(layout, id), ...changes }).filter(
    ([name, value]) => !(value === null || value === "" || (name === "span" && value === 1)),
  );
  return tidy({ ...layout, charts: { ...layout.charts, [id]: Object.fromEntries(next) } });
}

/** A chart of its own for some metrics; its id is the first that is free. */
export function added(layout: Layout, lines: readonly LineSpec[]): { readonly layout: Layout; readonly id: string } {
  let n = 1;
  while (layout.charts?.[`+${n}`]) n += 1;
  const id = `+${n}`;
  return { id, layout: configured(layout, id, { lines }) };
}

/** The layout without a chart that somebody made, or with a chart of a series as it was. */
export function removed(layout: Layout, id: string): Layout {
  const charts = Object.fromEntries(Object.entries(layout.charts ?? {}).filter(([one]) => one !== id));
  if (!isCustom(id)) return tidy({ ...layout, charts });
  const order = Object.entries(layout.order ?? {}).map(([name, ids]) => [name, ids.filter((one) => one !== id)]);
  return tidy({
    ...layout,
    charts,
    order: Object.fromEntries(order),
    pinned: (layout.pinned ?? []).filter((one) => one !== id),
  });
}

/** Whether somebody arranged anything. */
export function isDefault(layout: Layout): boolean {
  return Object.keys(tidy(layout)).length === 0;
}

/** Only what differs from the default is kept. */
export function tidy(layout: Layout): Layout {
  const order = Object.entries(layout.order ?? {}).filter(([, ids]) => ids.length > 0);
  const charts = Object.entries(layout.charts ?? {}).filter(([, settings]) => Object.keys(settings).length > 0);
  return {
    ...(layout.columns ? { columns: layout.columns } : {}),
    ...(layout.height && layout.height !== "medium" ? { height: layout.height } : {}),
    ...(layout.pinned && layout.pinned.length > 0 ? { pinned: layout.pinned } : {}),
    ...(order.length > 0 ? { order: Object.fromEntries(order) } : {}),
    ...(charts.length > 0 ? { charts: Object.fromEntries(charts) } : {}),
  };
}

/** Names of sections in which a chart may stand, for a menu. */
export function sectionNames(all: readonly Section[], limit = 40): string[] {
  return all.map((section) => section.name).slice(0, limit);
}
