/** What is behind a row of the leaderboard: its seeds, curves and confusion matrix, history, config, and what it is made of. */

import { useCallback, useEffect, useMemo, useState } from "react";
import type { Entry, EntrySeed, RankedProtocol } from "../api/analysis.ts";
import { getRun } from "../api/client.ts";
import { RecordReader } from "../api/records.ts";
import type { RunState } from "../api/types.ts";
import { CopyButton } from "../components/copy.tsx";
import { Link } from "../components/link.tsx";
import { StateMark } from "../components/mark.tsx";
import { Swatch } from "../components/swatch.tsx";
import { Trouble } from "../components/trouble.tsx";
import type { Style } from "../lib/colour.ts";
import { flatten } from "../lib/flatten.ts";
import { columnFormat, formatExact, formatValue, plural } from "../lib/format.ts";
import { byImportance } from "../lib/metrics.ts";
import { CHART_DEFAULTS, type ChartState, comparePath, runPath, runsPath, writeList } from "../lib/url.ts";
import { Catalog } from "../state/catalog.ts";
import { Linked } from "../state/linked.ts";
import { RecordCatalog } from "../state/records.ts";
import { useStore } from "../state/store.ts";
import { useRunStyles } from "../state/styles.ts";
import { readMetric } from "../views/leaderboard/model.ts";
import type { ChartRun } from "../views/line/control.ts";
import { ChartPanel, type PanelEvents } from "../views/line/panel.tsx";
import { RecordPanel } from "../views/records/panel.tsx";
import { OwnedMedia } from "../views/records/shared.ts";
import type { Settings } from "../views/records/view.ts";
import { useOwned } from "./owned.ts";

/** What `run.evaluate` writes that is drawn, in this order. */
const RECORDS = ["roc", "pr", "confusion", "calibration"] as const;
/** As many runs are drawn at once; a row of fifty seeds is a carpet. */
const MOST_DRAWN = 8;
const MOST_COMPARED = 20;

interface Props {
  readonly project: string;
  readonly entry: Entry;
  readonly protocol: RankedProtocol;
  readonly metric: string;
}

export function EntryDetail({ project, entry, protocol, metric }: Props) {
  const ids = useSameList(entry.seeds.map((seed) => seed.run));
  const drawn = useMemo(() => ids.slice(0, MOST_DRAWN), [ids]);
  const styles = useRunStyles(project, drawn);
  const runs = useChartRuns(entry.seeds, styles);
  const linked = useMemo(() => new Linked(), []);
  return (
    <>
      <div className="entry-side">
        <Seeds project={project} entry={entry} styles={styles} metric={metric} linked={linked} />
        <div className="entry-links">
          {ids.length > 1 && (
            <Link to={comparePath(project, ids.slice(0, MOST_COMPARED))}>
              Compare {ids.length > MOST_COMPARED ? `the first ${MOST_COMPARED}` : "these runs"}
            </Link>
          )}
          <Link to={`${runsPath(project)}?runs=${writeList(ids)}`}>All charts</Link>
        </div>
        <Facts project={project} entry={entry} protocol={protocol} />
      </div>
      <div className="entry-panels">
        <History runs={runs} metric={metric} linked={linked} />
        <Records runs={runs} evaluation={evaluationOf(metric, protocol, entry)} linked={linked} />
      </div>
    </>
  );
}

/** The evaluation that a metric belongs to: `test` of `test/accuracy`; else the first there is. */
function evaluationOf(metric: string, protocol: RankedProtocol, entry: Entry): string | null {
  const { key } = readMetric(metric);
  const names = Object.keys(protocol.evaluation).sort((a, b) => b.length - a.length);
  const own = names.find((name) => key.startsWith(`${name}/`));
  if (own !== undefined) return own;
  const logged = Object.keys(entry.columns).find((name) => name.endsWith("/accuracy"));
  return names[0] ?? logged?.slice(0, -"/accuracy".length) ?? null;
}

interface SeedsProps {
  readonly project: string;
  readonly entry: Entry;
  readonly styles: ReadonlyMap<string, Style>;
  readonly metric: string;
  readonly linked: Linked;
}

function Seeds({ project, entry, styles, metric, linked }: SeedsProps) {
  const hover = useStore(linked.hover);
  const write = columnFormat(entry.seeds.map((seed) => seed.value));
  return (
    <table className="entry-seeds">
      <caption>
        {plural(entry.seeds.length, "run")}
        {entry.missing > 0 && <span className="muted">, {entry.missing} without a value</span>}
      </caption>
      <thead>
        <tr>
          <th scope="col">run</th>
          <th scope="col" className="number">
            seed
          </th>
          <th scope="col" className="number">
            {readMetric(metric).key}
          </th>
        </tr>
      </thead>
      <tbody>
        {entry.seeds.map((seed) => (
          <tr
            key={seed.run}
            className={hover === seed.run ? "lit" : undefined}
            onPointerEnter={() => linked.hover.set(seed.run)}
            onPointerLeave={() => linked.hover.set(null)}
          >
            <th scope="row">
              <span className="entry-run">
                <Swatch style={styles.get(seed.run)} />
                <StateMark state={seed.state as RunState} />
                <Link to={runPath(project, seed.run)} title={seed.name}>
                  {seed.name}
                </Link>
              </span>
            </th>
            <td className="number">{formatValue(seed.seed)}</td>
            <td className="number" title={formatExact(seed.value)}>
              {write(seed.value)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** More keys than this stand on the page of the run. */
const MOST_KEYS = 30;

/** The whole config of the first run, what tells the row apart in front; until it is read, that alone. */
function useConfig(entry: Entry): readonly (readonly [string, unknown])[] {
  const first = entry.seeds[0]?.run ?? "";
  const [read, setRead] = useState<{ readonly of: string; readonly config: readonly [string, unknown][] } | null>(null);
  useEffect(() => {
    let here = true;
    getRun(first).then(
      (run) => here && setRead({ of: first, config: flatten(run.config) }),
      () => undefined, // what tells it apart is known without
    );
    return () => {
      here = false;
    };
  }, [first]);
  const own = Object.entries(entry.config).map(([key, value]) => [key.slice(key.indexOf(".") + 1), value] as const);
  const named = new Set(own.map(([key]) => key));
  const rest = read?.of === first ? read.config.filter(([key]) => !named.has(key) && key !== "seed") : [];
  return [...own, ...rest];
}

/** The config, what it was trained on and judged by, and where the rest is. */
function Facts({ project, entry, protocol }: Omit<Props, "metric">) {
  const config = useConfig(entry);
  const [first] = entry.seeds;
  const hashes = [
    ...Object.entries(protocol.data).map(([name, hash]) => [`data ${name}`, hash] as const),
    ...Object.entries(protocol.evaluation).map(([name, hash]) => [`evaluation ${name}`, hash] as const),
  ];
  const tab = (name: string, text: string) =>
    first && <Link to={`${runPath(project, first.run)}?tab=${name}`}>{text}</Link>;
  return (
    <section className="entry-facts" aria-label="Config and fingerprints">
      <table className="pairs">
        <tbody>
          {config.slice(0, MOST_KEYS).map(([key, value]) => (
            <tr key={key}>
              <th scope="row" className="key">
                {key}
              </th>
              <td>{formatValue(value)}</td>
            </tr>
          ))}
          {hashes.map(([name, hash]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="mono">{hash}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {first && (
        <p className="entry-links">
          <span className="muted">of {entry.seeds.length > 1 ? "the first run" : "the run"}:</span>
          {tab("overview", "Overview")}
          {tab("code", "Code")}
          {tab("data", "Data")}
          {tab("media", "Media")}
          {config.length > 0 && (
            <CopyButton
              text={JSON.stringify(Object.fromEntries(config), null, 2)}
              what="the config as JSON"
              word="Copy config"
            />
          )}
        </p>
      )}
    </section>
  );
}

interface HistoryProps {
  readonly runs: readonly ChartRun[];
  readonly metric: string;
  readonly linked: Linked;
}

/** How the metric came about, one line for each seed; where it was logged once, how the training went. */
function History({ runs, metric, linked }: HistoryProps) {
  const catalog = useOwned(() => new Catalog());
  useEffect(() => catalog.show(runs.map((run) => run.id)), [catalog, runs]);
  const series = useStore(catalog.series);
  const problem = useStore(catalog.problem);
  const { key } = readMetric(metric);
  const names = useMemo(() => {
    const long = new Set([...series.values()].flatMap((rows) => rows.filter((row) => row.n > 1).map((row) => row.key)));
    return byImportance([...long]).filter((one) => !/^(system|gnomon)\/|^(epoch|samples|step|time)$/.test(one));
  }, [series]);
  const [picked, setPicked] = useState<string | null>(null);
  const name = picked ?? (names.includes(key) ? key : names[0]);
  if (problem !== null) return <Trouble cause={problem} onRetry={() => catalog.show(runs.map((run) => run.id))} />;
  if (name === undefined) return null;
  return (
    <HistoryChart key={name} id={name} runs={runs} linked={linked}>
      {names.length > 1 && (
        <select aria-label="History of" value={name} onChange={(event) => setPicked(event.target.value)}>
          {names.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      )}
    </HistoryChart>
  );
}

interface ChartProps {
  readonly id: string;
  readonly runs: readonly ChartRun[];
  readonly linked: Linked;
  readonly children: React.ReactNode;
}

const EMPTY = {};

function HistoryChart({ id, runs, linked, children }: ChartProps) {
  const [zoom, setZoom] = useState<ChartState["zoom"]>(null);
  const chart = useMemo<ChartState>(() => ({ ...CHART_DEFAULTS, zoom }), [zoom]);
  const events = useMemo<PanelEvents>(
    () => ({
      zoom: setZoom,
      full: () => undefined,
      menu: () => undefined,
      grab: () => undefined,
      nudge: () => undefined,
    }),
    [],
  );
  return (
    <div className="entry-panel entry-history">
      {children}
      <ChartPanel
        id={id}
        layout={EMPTY}
        runs={runs}
        chart={chart}
        linked={linked}
        last={null}
        groups={null}
        events={events}
      />
    </div>
  );
}

interface RecordsProps {
  readonly runs: readonly ChartRun[];
  readonly evaluation: string | null;
  readonly linked: Linked;
}

/** ROC, precision and recall, the confusion matrix: what `run.evaluate` wrote. */
function Records({ runs, evaluation, linked }: RecordsProps) {
  const catalog = useOwned(() => new RecordCatalog(new RecordReader()));
  const media = useOwned(() => new OwnedMedia(catalog.reader, linked.hover));
  useEffect(() => catalog.show(runs.map((run) => run.id)), [catalog, runs]);
  const keys = useStore(catalog.keys);
  useEffect(() => media.tracks.compare(keys), [media, keys]);
  const wanted = useMemo(
    () => (evaluation === null ? [] : RECORDS.map((name) => `${evaluation}/${name}`)),
    [evaluation],
  );
  const found = useMemo(
    () =>
      wanted.flatMap((key) => {
        const holders = runs.filter((run) => Object.hasOwn(keys.get(run.id) ?? {}, key));
        const row = holders[0] && keys.get(holders[0].id)?.[key];
        return row ? [{ key, row, holders }] : [];
      }),
    [wanted, runs, keys],
  );
  useEffect(() => {
    const steps = found.flatMap(({ key, holders }) => holders.map((run) => keys.get(run.id)?.[key]?.last_step ?? 0));
    media.player.setSteps([...new Set(steps)].sort((a, b) => a - b));
  }, [media, found, keys]);
  const [settings, setSettings] = useState<Readonly<Record<string, Settings>>>({});
  const onSettings = useCallback((key: string, changes: Readonly<Record<string, string | null>>) => {
    setSettings((all) => {
      const next = { ...all[key], ...changes };
      const kept = Object.entries(next).filter((pair): pair is [string, string] => pair[1] !== null);
      return { ...all, [key]: Object.fromEntries(kept) };
    });
  }, []);
  const [full, setFull] = useState<string | null>(null);
  return (
    <>
      {found.map(({ key, row, holders }) => (
        <div
          key={key}
          className={`entry-panel ${full === key ? "large" : row.kind === "confusion" && holders.length > 1 ? "wide" : ""}`}
        >
          <RecordPanel
            name={key}
            row={row}
            runs={holders}
            media={media}
            settings={settings[key] ?? NONE}
            onSettings={onSettings}
            onFull={(open) => setFull((before) => (before === open ? null : open))}
          />
        </div>
      ))}
    </>
  );
}

const NONE: Settings = {};

/** The same array while it lists the same. */
function useSameList(list: readonly string[]): readonly string[] {
  const name = list.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the name says what is in the list
  return useMemo(() => list, [name]);
}

/** The runs as charts draw them; the same objects while nothing of them changes. */
function useChartRuns(seeds: readonly EntrySeed[], styles: ReadonlyMap<string, Style>): readonly ChartRun[] {
  const rows = seeds.flatMap(({ run, name, state }): ChartRun[] => {
    const style = styles.get(run);
    return style ? [{ id: run, name, created: 0, live: state === "running", style }] : [];
  });
  const text = JSON.stringify(rows);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text says what is in the rows
  return useMemo(() => rows, [text]);
}
