/** The pictures of a sweep: what was reached over its trials, parallel coordinates, and what the figure depends on. */

import { useCallback, useMemo, useState } from "react";
import type { SweepDetail } from "../../api/sweeps.ts";
import { held, makeDimension, type Range } from "../../lib/dimension.ts";
import { configColumn, metricColumn } from "../../lib/metrics.ts";
import { configKey, groupFilter, shortName, valueWords } from "../../lib/sweeps.ts";
import { runPath } from "../../lib/url.ts";
import { navigate } from "../../state/router.ts";
import { useShade } from "../../state/theme.ts";
import { ImportancePane } from "../explore/importance.tsx";
import { ParallelView } from "../explore/parallel.ts";
import { Picture } from "../explore/picture.tsx";
import { readPalette } from "../palette.ts";
import { Objective } from "./objective.tsx";

export function SweepPictures({ detail }: { detail: SweepDetail }) {
  const { sweep, trials, space } = detail;
  const open = useCallback(
    (run: string) => {
      if (run !== "") navigate(runPath(sweep.project, run));
    },
    [sweep.project],
  );
  const done = trials.filter((trial) => trial.value !== null && trial.state !== "open");
  const names = Object.keys(space).filter(
    (name) => new Set(trials.map((trial) => valueWords(trial.values[name]))).size > 1,
  );
  if (done.length === 0) return null;
  const keys = names.map((name) => configKey(name, sweep.kind));
  const stat = detail.objective.of === "last" ? "last" : sweep.goal;
  return (
    <>
      <section aria-labelledby="objective">
        <h2 id="objective">{sweep.metric} over trials</h2>
        <Objective trials={trials} goal={sweep.goal} metric={sweep.metric} onOpen={(trial) => open(trial.run)} />
      </section>
      {done.length > 1 && names.length > 0 && (
        <section aria-labelledby="parallel">
          <h2 id="parallel">Values and what they reached</h2>
          <Parallel detail={detail} names={names} onOpen={open} />
        </section>
      )}
      {done.length > 1 && keys.length > 0 && (
        <section aria-labelledby="importance">
          <h2 id="importance">What {sweep.metric} depends on</h2>
          <ImportancePane
            project={sweep.project}
            metric={metricColumn(sweep.metric, stat)}
            where={`${groupFilter(sweep.name)} and not tag.pruned`}
            count={done.filter((trial) => trial.state === "finished").length}
          />
        </section>
      )}
    </>
  );
}

interface ParallelProps {
  readonly detail: SweepDetail;
  readonly names: readonly string[];
  readonly onOpen: (run: string) => void;
}

function Parallel({ detail: { sweep, trials }, names, onOpen }: ParallelProps) {
  const [ranges, setRanges] = useState<ReadonlyMap<string, Range>>(new Map());
  const [lit, setLit] = useState<number | null>(null);
  const shade = useShade();
  const shown = useMemo(() => trials.filter((trial) => trial.value !== null && trial.state !== "open"), [trials]);
  const key = names.join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` says which names there are
  const dimensions = useMemo(
    () => [
      ...names.map((name) => ({
        ...makeDimension(
          configColumn(name),
          shown.map((trial) => plain(trial.values[name])),
        ),
        title: shortName(name),
      })),
      makeDimension(
        metricColumn(sweep.metric, "last"),
        shown.map((trial) => trial.value),
      ),
    ],
    [key, shown, sweep.metric],
  );
  const inside = useMemo(() => held(dimensions, ranges, shown.length), [dimensions, ranges, shown.length]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shade` says that the colours changed
  const theme = useMemo(() => readPalette(document.documentElement), [shade]);
  const onRange = useCallback(
    (column: string, range: Range | null) =>
      setRanges((before) => {
        const next = new Map(before);
        if (range === null) next.delete(column);
        else next.set(column, range);
        return next;
      }),
    [],
  );
  const props = useMemo(
    () => ({
      dimensions,
      colour: dimensions.at(-1) ?? null,
      names: shown.map((trial) => `trial ${trial.number}`),
      ranges,
      held: inside,
      lit,
      theme,
      dark: document.documentElement.dataset.theme === "dark",
      onRange,
      onLit: setLit,
      onOpen: (at: number) => onOpen(shown[at]?.run ?? ""),
    }),
    [dimensions, shown, ranges, inside, lit, theme, onRange, onOpen],
  );
  return (
    <>
      <Picture make={ParallelView} className="explore-parallel" props={props} />
      {ranges.size > 0 && (
        <p className="muted">
          {inside.filter(Boolean).length} of {shown.length} trials lie in the ranges.{" "}
          <button type="button" className="link" onClick={() => setRanges(new Map())}>
            Clear
          </button>
        </p>
      )}
    </>
  );
}

function plain(value: unknown): unknown {
  return typeof value === "number" || typeof value === "string" ? value : JSON.stringify(value);
}
