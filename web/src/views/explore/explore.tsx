/** Explore: what of the config goes with what of the results, over all runs that match the filter. */

import { useCallback, useEffect, useMemo, useState } from "react";
import { PickButton } from "../../components/pickbutton.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { columnTitle, type Dimension, held, makeDimension, type Range } from "../../lib/dimension.ts";
import type { ExploreState } from "../../lib/explorestate.ts";
import { byImportance, configColumn, goalOf, metricColumn, parseColumn } from "../../lib/metrics.ts";
import type { ExploredRuns } from "../../state/explored.ts";
import type { Linked } from "../../state/linked.ts";
import { useStore } from "../../state/store.ts";
import { useShade } from "../../state/theme.ts";
import { readPalette } from "../palette.ts";
import { AxisBar } from "./axes.tsx";
import { ImportancePane } from "./importance.tsx";
import { MatrixView, MOST_CELLS } from "./matrix.ts";
import { ParallelView } from "./parallel.ts";
import { Picture } from "./picture.tsx";
import type { ExploreProps } from "./props.ts";
import { Ranges } from "./ranges.tsx";
import { shadeAt } from "./shade.ts";

interface Props {
  readonly runs: ExploredRuns;
  readonly where: string;
  readonly archived: boolean;
  readonly keys: {
    readonly config: readonly string[];
    readonly metrics: readonly string[];
    readonly differing: readonly string[];
  };
  readonly state: ExploreState;
  readonly linked: Linked;
  readonly onState: (changes: Partial<ExploreState>) => void;
  readonly onWhere: (where: string) => void;
  readonly onSelect: (runs: readonly string[]) => void;
  readonly onOpen: (run: string) => void;
}

const SEED = /(^|[._/])(random_)?(seed|state)$/i;
/** Config keys that are axes before anybody chooses. */
const AXES = 6;

export function Explore({ runs, where, archived, keys, state, linked, onState, onWhere, onSelect, onOpen }: Props) {
  const by = state.by ?? defaultMetric(keys.metrics);
  const axes = useMemo(
    () =>
      state.axes ?? [
        ...keys.differing
          .filter((key) => !SEED.test(key))
          .slice(0, AXES)
          .map(configColumn),
        ...(by === null ? [] : [by]),
      ],
    [state.axes, keys.differing, by],
  );
  const columns = useMemo(() => [...new Set([...axes, ...(by === null ? [] : [by])])], [axes, by]);
  useEffect(() => runs.ask({ where, archived, columns }), [runs, where, archived, columns]);
  const found = useStore(runs.shown);
  const dimensions = useMemo(
    () =>
      new Map(
        columns.flatMap((column) => {
          const values = found.columns[column];
          return values ? [[column, makeDimension(column, values, state.flat.includes(column))] as const] : [];
        }),
      ),
    [columns, found.columns, state.flat],
  );
  const drawn = useMemo(() => axes.flatMap((column) => dimensions.get(column) ?? []), [axes, dimensions]);
  const inside = useMemo(() => held(drawn, state.ranges, found.runs.length), [drawn, state.ranges, found.runs.length]);
  const props = usePictures(
    found.runs,
    drawn,
    (by !== null && dimensions.get(by)) || null,
    inside,
    state,
    linked,
    onState,
    onOpen,
  );

  if (found.problem !== null) return <Trouble cause={found.problem} />;
  if (keys.metrics.length === 0 || (keys.differing.length === 0 && state.axes === null && !found.loading))
    return <Nothing metrics={keys.metrics.length} />;
  const colour = by === null ? undefined : dimensions.get(by);
  const valued = colour ? found.runs.length - colour.missing : 0;
  const ids = found.runs.filter((_, i) => inside[i]).map((run) => run.id);
  return (
    <div className="explore">
      <div className="toolbar">
        <PickButton
          className="text"
          label="Metric to explain"
          placeholder="Metric"
          choices={keys.metrics.flatMap((key) =>
            ["last", "min", "max"].map((stat) => ({ value: metricColumn(key, stat), text: `${key} ${stat}` })),
          )}
          onPick={(column) => onState({ by: column, axes: state.axes === null ? null : swapped(axes, by, column) })}
        >
          Colour <b>{by === null ? "none" : columnTitle(by)}</b>
        </PickButton>
        <Legend dimension={colour} dark={props.dark} />
        <span className="grow" />
        <PickButton
          label="Column for a new axis"
          placeholder="Config key or metric"
          choices={choices(keys, axes)}
          onPick={(column) => onState({ axes: [...axes, column] })}
        >
          Add axis
        </PickButton>
      </div>
      <AxisBar axes={axes} dimensions={dimensions} state={state} onState={onState} />
      <Picture make={ParallelView} className="explore-parallel" props={props} />
      <Ranges
        inside={ids.length}
        all={found.runs.length}
        matched={found.matched}
        some={state.ranges.size > 0}
        onSelect={() => onSelect(ids)}
        onFilter={() => {
          onWhere(narrowed(where, drawn, state.ranges));
          onState({ ranges: new Map() });
        }}
        onClear={() => onState({ ranges: new Map() })}
      />
      {by !== null && parseColumn(by).kind === "metric" && (
        <section aria-labelledby="importance">
          <h3 id="importance">What {columnTitle(by)} depends on</h3>
          <ImportancePane project={runs.project} metric={by} where={found.where} count={valued} />
        </section>
      )}
      <section aria-labelledby="matrix">
        <h3 id="matrix">Each against each</h3>
        {drawn.length > MOST_CELLS && (
          <p className="muted explore-note">
            {MOST_CELLS} of {drawn.length} axes; move others to the left to see them here.
          </p>
        )}
        <Picture make={MatrixView} className="explore-matrix" props={props} />
      </section>
    </div>
  );
}

function usePictures(
  runs: readonly { readonly id: string; readonly name: string }[],
  dimensions: readonly Dimension[],
  colour: Dimension | null,
  inside: readonly boolean[],
  state: ExploreState,
  linked: Linked,
  onState: Props["onState"],
  onOpen: Props["onOpen"],
): ExploreProps {
  const shade = useShade();
  const hover = useStore(linked.hover);
  const at = useMemo(() => new Map(runs.map((run, i) => [run.id, i])), [runs]);
  const [names, ids] = useMemo(() => [runs.map((run) => run.name), runs.map((run) => run.id)] as const, [runs]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shade` says that the colours changed
  const theme = useMemo(() => readPalette(document.documentElement), [shade]);
  const [latest] = useState(() => ({ ranges: state.ranges }));
  latest.ranges = state.ranges;
  const onRange = useCallback(
    (column: string, range: Range | null) => {
      const next = new Map(latest.ranges);
      if (range === null) next.delete(column);
      else next.set(column, range);
      latest.ranges = next;
      onState({ ranges: next });
    },
    [latest, onState],
  );
  const onLit = useCallback(
    (run: number | null) => linked.hover.set(run === null ? null : (ids[run] ?? null)),
    [linked, ids],
  );
  const open = useCallback((run: number) => onOpen(ids[run] as string), [onOpen, ids]);
  return useMemo(
    () => ({
      dimensions,
      colour,
      names,
      ranges: state.ranges,
      held: inside,
      lit: hover === null ? null : (at.get(hover) ?? null),
      theme,
      dark: document.documentElement.dataset.theme === "dark",
      onRange,
      onLit,
      onOpen: open,
    }),
    [dimensions, colour, names, state.ranges, inside, hover, at, theme, onRange, onLit, open],
  );
}

/** What the colours mean. */
function Legend({ dimension, dark }: { dimension: Dimension | undefined; dark: boolean }) {
  if (dimension === undefined || dimension.ticks.length === 0) return null;
  const stops = Array.from({ length: 9 }, (_, i) => shadeAt(i / 8, dark)).join(", ");
  return (
    <span className="explore-legend">
      {dimension.ticks[0]?.label}
      <i style={{ background: `linear-gradient(90deg, ${stops})` }} aria-hidden="true" />
      {dimension.ticks.at(-1)?.label}
    </span>
  );
}

function Nothing({ metrics }: { metrics: number }) {
  return (
    <div className="muted center explore-nothing">
      <p>
        {metrics === 0
          ? "These runs have logged no numbers yet."
          : "These runs have the same config, so there is nothing to compare them by."}
      </p>
      <p>
        Pass what you vary:{" "}
        <code>
          gnomon.init(project, config={"{"}"lr": 1e-3, "batch": 64{"}"})
        </code>
      </p>
    </div>
  );
}

function defaultMetric(metrics: readonly string[]): string | null {
  const [first] = byImportance(metrics);
  return first === undefined ? null : metricColumn(first, goalOf(first) ?? "last");
}

function swapped(axes: readonly string[], old: string | null, next: string): string[] {
  const rest = axes.filter((column) => column !== next);
  return rest.includes(old ?? "") ? rest.map((column) => (column === old ? next : column)) : [...rest, next];
}

function choices(keys: Props["keys"], axes: readonly string[]) {
  const config = keys.config.map((key) => ({ value: configColumn(key), text: key, note: "config" }));
  const metrics = keys.metrics.flatMap((key) =>
    ["last", "min", "max"].map((stat) => ({ value: metricColumn(key, stat), text: `${key} ${stat}`, note: "metric" })),
  );
  const others = ["duration", "parameters", "host", "gpu", "commit"].map((name) => ({
    value: `attr.${name}`,
    text: name,
    note: "run",
  }));
  return [...config, ...metrics, ...others].filter((choice) => !axes.includes(choice.value));
}

/** The filter as it stands, and every range beside it. */
function narrowed(where: string, dimensions: readonly Dimension[], ranges: ReadonlyMap<string, Range>): string {
  const tests = dimensions.flatMap((dimension) => {
    const range = ranges.get(dimension.column);
    return range ? [dimension.filter(range)] : [];
  });
  return [...(where.trim() === "" ? [] : [/\bor\b/i.test(where) ? `(${where})` : where]), ...tests].join(" AND ");
}
