/** In the inspector: what the followed run watched at this node, as histograms now and as lines over its steps. */

import { useEffect, useState } from "react";
import { Spark } from "../components/spark.tsx";
import { formatNumber } from "../lib/format.ts";
import type { Trace } from "../lib/trace.ts";
import { localName, outline, type Variable, zeroAt } from "../lib/watched.ts";
import { requestTrace } from "../state/envelopes.ts";
import { setSearch } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { following } from "../state/watched.ts";

const SIZE = { width: 220, height: 44 } as const;
const SPARK_PX = 60;
const LINES = ["mean", "std", "norm", "zeros", "bad"] as const;
const WORDS: Readonly<Record<(typeof LINES)[number], string>> = {
  mean: "mean",
  std: "deviation",
  norm: "norm",
  zeros: "zeros",
  bad: "NaN or infinite",
};

export function LiveStats({ node }: { node: string }) {
  const run = useStore(following);
  const variables = run?.variables.get(node);
  if (!run || !variables) return null;
  return (
    <section className="live-stats" aria-label={`Statistics of ${run.name}`}>
      <h3>
        In {run.name} <span className="muted">step {run.step}</span>
      </h3>
      <button type="button" className="small" onClick={() => setSearch({ over: node })}>
        Over steps
      </button>
      {variables.map((one) => (
        <OneVariable key={one.key} run={run.run} variable={one} />
      ))}
    </section>
  );
}

function OneVariable({ run, variable }: { run: string; variable: Variable }) {
  const traces = useTraces(run, variable);
  const { low, high, counts, what } = variable;
  const zero = zeroAt(variable, SIZE.width);
  return (
    <figure className="live-variable">
      <figcaption>
        {what} <code>{localName(variable)}</code>
      </figcaption>
      <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} {...SIZE} role="img" aria-label={`Histogram of ${what}`}>
        {zero !== null && <path className="live-zero" d={`M${zero.toFixed(1)} 0V${SIZE.height}`} />}
        <path d={outline(counts, SIZE.width, SIZE.height)} />
      </svg>
      <p className="live-ends" aria-hidden="true">
        <span>{formatNumber(low, 3)}</span>
        <span>{formatNumber(high, 3)}</span>
      </p>
      <dl>
        {LINES.map((name) => {
          const trace = traces[name];
          return trace && trace.length > 0 && (name !== "bad" || (lastOf(trace) ?? 0) > 0) ? (
            <div key={name}>
              <dt>{WORDS[name]}</dt>
              <dd>
                <Spark trace={trace} /> {formatNumber(lastOf(trace), 3)}
              </dd>
            </div>
          ) : null;
        })}
      </dl>
    </figure>
  );
}

/** The last value; where that is not told, the mean of the last steps. */
function lastOf(trace: Trace): number | null {
  return trace.last ?? trace.buckets.mean[trace.length - 1] ?? null;
}

type Traces = Readonly<Partial<Record<(typeof LINES)[number], Trace>>>;

/** Lines over steps, read again when the variable was measured again. */
function useTraces(run: string, { key, step }: Variable): Traces {
  const [traces, setTraces] = useState<Traces>({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new step, new lines
  useEffect(() => {
    let gone = false;
    for (const name of LINES) {
      requestTrace(run, `${key}/${name}`, { px: SPARK_PX, x: "step", scale: "linear" }).then(
        (trace) => gone || setTraces((known) => ({ ...known, [name]: trace })),
        () => undefined,
      );
    }
    return () => {
      gone = true;
    };
  }, [run, key, step]);
  return traces;
}
