/** Everything that was watched at one node, over steps: histograms, shares, ratios, and what it makes of samples. */

import { useEffect, useMemo, useState } from "react";
import type { KeyRow } from "../../api/records.ts";
import { formatNumber } from "../../lib/format.ts";
import { type Curve, curvesOf, samplesOf } from "../../lib/health.ts";
import { ofTrace, type StepPoints, valueAt } from "../../lib/stepline.ts";
import { localName, type Variable } from "../../lib/watched.ts";
import { requestLine } from "../../state/envelopes.ts";
import { useStore } from "../../state/store.ts";
import type { Media, MediaRun } from "../records/control.ts";
import { RecordPanel } from "../records/panel.tsx";
import type { Settings } from "../records/view.ts";
import { StepLine } from "./line.tsx";

interface Props {
  readonly node: string;
  readonly run: MediaRun;
  readonly variables: readonly Variable[];
  readonly keys: Readonly<Record<string, KeyRow>>;
  readonly media: Media;
}

const PX = 400;
const FIGURES = ["mean", "std", "norm", "min", "max", "zeros", "bad"] as const;
const WORDS: Readonly<Record<(typeof FIGURES)[number], string>> = {
  mean: "mean",
  std: "deviation",
  norm: "norm",
  min: "min",
  max: "max",
  zeros: "zeros",
  bad: "NaN or ∞",
};
const PLAIN: Settings = {};

export function NodeStatistics({ node, run, variables, keys, media }: Props) {
  const runs = useMemo(() => [run], [run]);
  const step = useStore(media.player.step);
  const samples = useMemo(() => samplesOf(node, Object.keys(keys)), [node, keys]);
  const panel = (key: string) => <Panel key={key} name={key} row={keys[key] ?? null} runs={runs} media={media} />;
  return (
    <div className="node-statistics">
      <Curves run={run.id} variables={variables} step={step} onStep={(at) => media.player.snap(at)} />
      <div className="node-histograms">
        {variables.map((one) => (
          <section key={one.key} aria-label={`${one.what} ${localName(one)}`.trim()}>
            <div className="node-histogram">{panel(one.key)}</div>
            <Figures run={run.id} variable={one} step={step} />
          </section>
        ))}
      </div>
      {samples.length > 0 && (
        <section aria-label="On chosen samples">
          <h3>on chosen samples</h3>
          {samples.map((key) => (
            <div key={key} className="node-histogram tall">
              {panel(key)}
            </div>
          ))}
        </section>
      )}
    </div>
  );
}

interface PanelProps {
  readonly name: string;
  readonly row: KeyRow | null;
  readonly runs: readonly MediaRun[];
  readonly media: Media;
}

/** A record panel whose settings last as long as it is seen. */
function Panel({ name, row, runs, media }: PanelProps) {
  const [settings, setSettings] = useState<Settings>(PLAIN);
  const change = useMemo(
    () => (_: string, changes: Readonly<Record<string, string | null>>) =>
      setSettings((before) => {
        const next = Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null);
        return Object.fromEntries(next) as Settings;
      }),
    [],
  );
  const [full, setFull] = useState(false);
  return (
    <div className={full ? "panel-wide" : "panel-plain"}>
      <RecordPanel
        name={name}
        row={row}
        runs={runs}
        media={media}
        settings={settings}
        onSettings={change}
        onFull={() => setFull(!full)}
      />
    </div>
  );
}

/** Shares and ratios over steps. */
function Curves({
  run,
  variables,
  step,
  onStep,
}: {
  run: string;
  variables: readonly Variable[];
  step: number;
  onStep: (step: number) => void;
}) {
  const asked = useMemo(() => curvesOf(variables), [variables]);
  const newest = variables.reduce((most, one) => Math.max(most, one.step), 0);
  const lines = useLines(run, asked, newest);
  const shares = asked.flatMap((curve, i) =>
    curve.share && (lines[i]?.length ?? 0) > 0 ? [lines[i] as StepPoints] : [],
  );
  const ratios = asked.flatMap((curve, i) =>
    !curve.share && (lines[i]?.length ?? 0) > 0 ? [lines[i] as StepPoints] : [],
  );
  return (
    <div className="node-curves">
      {shares.length > 0 && (
        <figure>
          <figcaption>
            share of {shares.map((line) => `${line.name} `).join("and ")}
            <b>{shares.length === 1 && shares[0] ? formatNumber(valueAt(shares[0], step), 3) : ""}</b>
          </figcaption>
          <StepLine label="Shares" lines={shares} step={step} fromZero onStep={onStep} />
        </figure>
      )}
      {ratios.length > 0 && (
        <figure>
          <figcaption>
            {ratios.length === 1 ? ratios[0]?.name : "gradient to weight"}, norm by norm{" "}
            <b>{ratios.length === 1 && ratios[0] ? formatNumber(valueAt(ratios[0], step), 3) : ""}</b>
          </figcaption>
          <StepLine label="Gradient to weight" lines={ratios} step={step} onStep={onStep} />
        </figure>
      )}
    </div>
  );
}

function useLines(run: string, asked: readonly Curve[], newest: number): readonly (StepPoints | undefined)[] {
  const [lines, setLines] = useState<readonly (StepPoints | undefined)[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured again, read again
  useEffect(() => {
    let gone = false;
    const window = { px: PX, x: "step", scale: "linear" } as const;
    const read = asked.map((curve) =>
      requestLine(run, curve.expression ? { expression: curve.expression } : { key: curve.key ?? "" }, window).then(
        ({ trace }) => ofTrace(curve.name, trace),
        () => undefined,
      ),
    );
    void Promise.all(read).then((found) => gone || setLines(found));
    return () => {
      gone = true;
    };
  }, [run, asked, newest]);
  return lines;
}

/** Figures of one variable at the step that is looked at. */
function Figures({ run, variable, step }: { run: string; variable: Variable; step: number }) {
  const asked = useMemo(() => FIGURES.map((name): Curve => ({ name, key: `${variable.key}/${name}` })), [variable.key]);
  const lines = useLines(run, asked, variable.step);
  return (
    <dl className="node-figures">
      {FIGURES.map((name, i) => {
        const line = lines[i];
        const value = line ? valueAt(line, step) : null;
        if (name === "bad" && !(value !== null && value > 0)) return null;
        return (
          <div key={name} className={name === "bad" ? "bad" : undefined}>
            <dt>{WORDS[name]}</dt>
            <dd>{value === null ? "–" : formatNumber(value, 3)}</dd>
          </div>
        );
      })}
    </dl>
  );
}
