/** The chart side of a page: toolbar, sections, full screen, settings, table of values, and the keys that drive them. */

import { useCallback, useMemo, useRef, useState } from "react";
import { Dialog } from "../../components/dialog.tsx";
import { later } from "../../components/later.tsx";
import { Menu } from "../../components/menu.tsx";
import { Toolbar } from "../../components/toolbar.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { arranged, isPinned, type Layout, linesOf, moved, nudged, pinned, titleOf } from "../../lib/arrangement.ts";
import { APART, apartSection, type Folding } from "../../lib/sections.ts";
import type { ShortcutId } from "../../lib/shortcuts.ts";
import { type ChartState, readList } from "../../lib/url.ts";
import { type Command, useCommands } from "../../state/commands.ts";
import { groupColumns, useGroups } from "../../state/groups.ts";
import { type Edit, useLayouts } from "../../state/layouts.ts";
import type { Linked } from "../../state/linked.ts";
import { remember } from "../../state/remember.ts";
import { reveal } from "../../state/reveal.ts";
import { usePlace } from "../../state/router.ts";
import type { ChartRun, Listed } from "../line/control.ts";
import { ChartPanel, type PanelEvents, specOf } from "../line/panel.tsx";
import { key, offered, type Tools } from "./commands.ts";
import { dragChart } from "./drag.ts";
import { ChartGrid } from "./grid.tsx";
import { chartMenu } from "./menu.ts";

const PointsDialog = later(async () => (await import("../../components/points.tsx")).PointsDialog);
const ChartSettingsDialog = later(async () => (await import("./settings.tsx")).ChartSettingsDialog);

export interface WorkspaceProps {
  readonly keys: readonly string[];
  readonly runs: readonly ChartRun[];
  readonly chart: ChartState;
  readonly linked: Linked;
  readonly last: (key: string) => Listed | null;
  /** What is folded before anybody chooses. */
  readonly folded: Folding;
  readonly onChange: (changes: Partial<ChartState>, push?: boolean) => void;
}

/** Series that say how far training has come, and so are offered first as an axis. */
const AXES = /(^|\/)(epoch|epochs|samples|tokens|examples)$/;

export function ChartWorkspace(props: WorkspaceProps) {
  const { keys, runs, chart, linked, last, folded, onChange } = props;
  const { route, search: place } = usePlace();
  const project = "project" in route ? route.project : null;
  const { layouts, view } = useLayouts(project);
  const { layout } = view;
  const [table, setTable] = useState<string | null>(null);
  const [settings, setSettings] = useState<{ readonly id: string | null } | null>(null);
  const [menu, setMenu] = useState<{ readonly id: string; readonly anchor: HTMLElement } | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [spoken, setSpoken] = useState("");
  const search = useRef<HTMLInputElement>(null);
  const axes = useMemo(() => keys.filter((key) => AXES.test(key)), [keys]);
  const ids = useMemo(() => runs.map((run) => run.id), [runs]);
  const column = chart.group ?? readList(place.get("group"))?.[0] ?? "";
  const groups = useGroups(project, ids, runs.length > 1 ? column : "");
  const edit = useCallback((change: Edit) => layouts?.edit(change), [layouts]);
  const { apart } = folded;
  const now = useRef({ keys, layout, chart, apart });
  now.current = { keys, layout, chart, apart };

  const events = useMemo<PanelEvents>(
    () => ({
      zoom: (zoom) => onChange({ zoom }, true),
      full: (id) => onChange({ full: now.current.chart.full === id ? null : id }, true),
      menu: (id, anchor) => setMenu({ id, anchor }),
      grab: (id, event) => {
        const scroller = (event.target as Element).closest<HTMLElement>(".charts-scroll");
        const { layout: before } = now.current;
        if (!scroller || !before) return;
        dragChart(event, titleOf(before, id), scroller, ({ section, chart: other, side }) =>
          edit((made) => {
            const all = arranged(now.current.keys, made, now.current.apart);
            return moved(
              made,
              all,
              id,
              section,
              other === null ? null : side === "before" ? other : after(all, other, id),
            );
          }),
        );
      },
      nudge: (id, by, sectionwise) => {
        edit((made) => nudged(made, arranged(now.current.keys, made, now.current.apart), id, by, sectionwise));
        // The chart may stand in another row now, where it was made anew.
        requestAnimationFrame(() => requestAnimationFrame(() => refocus(id)));
        setSpoken(
          placeOf(
            id,
            arranged(now.current.keys, layouts?.view.get().layout ?? {}, now.current.apart),
            layouts?.view.get().layout ?? {},
          ),
        );
      },
    }),
    [onChange, edit, layouts],
  );
  const onFold = useCallback(
    (closed: readonly string[]) => {
      // Whoever opened one section of single classes finds them open on the next page too.
      const [name] = [...apart].map(apartSection);
      if (name !== undefined) remember(APART, closed.includes(name) ? "" : "open");
      onChange({ closed });
    },
    [onChange, apart],
  );
  const columns = useCallback(
    () => (project === null ? Promise.resolve([]) : groupColumns(project, ids)),
    [project, ids],
  );
  const tools = { setTable, setSettings, edit, layout };
  useChartCommands(props, search, tools, layouts);
  const { full } = chart;
  return (
    <div className="charts-side">
      <Toolbar
        chart={chart}
        axes={axes}
        keys={keys}
        runs={runs}
        group={column}
        groupColumns={runs.length > 1 && project !== null ? columns : null}
        onChange={onChange}
        search={search}
        layout={layout}
        undo={view.undoable ? () => layouts?.undo() : null}
        redo={view.redoable ? () => layouts?.redo() : null}
        onEdit={edit}
        onNew={() => setSettings({ id: null })}
      />
      {(view.problem ?? problem) !== null && <Trouble cause={view.problem ?? problem} small />}
      {layout !== null && (
        <ChartGrid
          folded={folded}
          keys={keys}
          layout={layout}
          runs={runs}
          chart={chart}
          groups={groups}
          linked={linked}
          last={last}
          events={events}
          onFold={onFold}
        />
      )}
      {layout !== null && full !== null && (
        <Dialog title={titleOf(layout, full)} wide bare keys onClose={() => onChange({ full: null })}>
          <div className="full-screen">
            <ChartPanel
              key={full}
              id={full}
              layout={layout}
              runs={runs}
              chart={chart}
              groups={groups}
              linked={linked}
              last={last(full)}
              full
              events={events}
            />
          </div>
        </Dialog>
      )}
      {layout !== null && menu !== null && (
        <Menu
          label={`More about ${titleOf(layout, menu.id)}`}
          anchor={menu.anchor}
          onClose={() => setMenu(null)}
          items={chartMenu({
            id: menu.id,
            keys,
            apart,
            layout,
            spec: specOf({ id: menu.id, layout, runs, chart, groups, linked, last: null, events }),
            zoom: chart.zoom,
            edit,
            onSettings: () => setSettings({ id: menu.id }),
            onTable: () => setTable(menu.id),
            onProblem: setProblem,
          })}
        />
      )}
      {layout !== null && settings !== null && (
        <ChartSettingsDialog
          id={settings.id}
          layout={layout}
          keys={keys}
          axes={axes}
          runs={runs}
          onEdit={edit}
          onClose={() => setSettings(null)}
        />
      )}
      {layout !== null && table !== null && (
        <PointsDialog
          name={titleOf(layout, table)}
          lines={linesOf(layout, table)}
          runs={runs}
          x={chart.x}
          zoom={chart.zoom}
          onClose={() => setTable(null)}
        />
      )}
      <div className="visually-hidden" role="status">
        {spoken}
      </div>
    </div>
  );
}

/** The chart behind another one of its section; `null` at the end. */
function after(all: ReturnType<typeof arranged>, other: string, moving: string): string | null {
  const ids = all.find((section) => section.keys.includes(other))?.keys.filter((id) => id !== moving) ?? [];
  return ids[ids.indexOf(other) + 1] ?? null;
}

function refocus(id: string): void {
  document.querySelector<HTMLElement>(`[data-chart="${CSS.escape(id)}"] .chart-grip`)?.focus();
}

function placeOf(id: string, all: ReturnType<typeof arranged>, layout: Layout): string {
  const section = all.find((one) => one.keys.includes(id));
  if (!section) return "";
  return `${titleOf(layout, id)}: ${section.keys.indexOf(id) + 1} of ${section.keys.length} in ${section.name}`;
}

/** What can be done with the charts, by key and by name. */
function useChartCommands(
  { keys, chart, linked, folded, onChange }: WorkspaceProps,
  search: React.RefObject<HTMLInputElement | null>,
  tools: Tools,
  layouts: { undo(): void; redo(): void } | null,
): void {
  const { layout } = tools;
  const active = (): string | null => chart.full ?? base(linked.active.get());
  /** Of the chart under the pointer or in focus; listed while there is one. */
  const onChart = (acts: readonly (readonly [ShortcutId, string, (id: string) => void])[]): Command[] => {
    const id = active();
    return acts.map(([shortcut, words, act]) => ({
      ...key(shortcut),
      title: id === null || !layout ? words : `${words}: ${titleOf(layout, id)}`,
      unlisted: id === null,
      act: () => id !== null && act(id),
    }));
  };
  const step = (by: number): void => {
    if (chart.full === null || !layout) return;
    const ids = arranged(keys, layout, folded.apart, chart.charts).flatMap((section) => section.keys);
    const next = ids[(ids.indexOf(chart.full) + by + ids.length) % ids.length];
    if (next !== undefined) onChange({ full: next });
  };
  const full = (id: string): void => onChange({ full: chart.full === null ? id : null }, chart.full === null);
  const show = (key: string): void => {
    if (chart.charts !== "") onChange({ charts: "" });
    reveal(key);
  };
  useCommands(() => [
    ...offered({ chart, onChange, tools, layouts }),
    { ...key("charts.search"), title: "Filter the charts", act: () => search.current?.focus() },
    ...onChart([
      ["chart.full", chart.full === null ? "Full screen" : "Leave full screen", full],
      ["chart.table", "Table of values", tools.setTable],
      ["chart.settings", "Settings", (id) => tools.setSettings({ id })],
      ["chart.pin", "Pin or unpin", (id) => tools.edit((made) => pinned(made, id, !isPinned(made, id)))],
    ]),
    { ...key("chart.before"), unlisted: true, act: () => step(-1) },
    { ...key("chart.after"), unlisted: true, act: () => step(1) },
    ...keys.map((name) => ({ id: `metric:${name}`, title: name, section: "Metrics", act: () => show(name) })),
  ]);
}

/** The chart that a facet is one of. */
function base(id: string | null): string | null {
  return id?.split("\n")[0] ?? null;
}
