/** What the sample becomes at the selected node, at large: picture or bars, how its numbers lie, what is known of them. */

import { useContext } from "react";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger, formatNumber } from "../lib/format.ts";
import { factsOf, lookOf, type Montage, type NodePreview, type PreviewHistogram, saysOf } from "../lib/preview.ts";
import type { Previews, PreviewsView } from "../state/previews.ts";
import { useStore } from "../state/store.ts";
import { following } from "../state/watched.ts";
import { Fact } from "./fields.tsx";
import { Drawn, Shows, usePreviewsOn } from "./stripbox.tsx";

const WIDE = 330;
const HISTOGRAM = { width: WIDE, height: 72, only: "histogram" } as const;
const BARS = { width: WIDE, height: 96, only: "bars" } as const;
/** So few numbers are seen one by one. */
const FEW = 32;
/** One picture alone is no wider than this. */
const MOST_TILE = 168;

export function NodePreviewPane({ node, code }: { node: string; code: string }) {
  const previews = useContext(Shows);
  const on = usePreviewsOn();
  return previews && on ? <Pane previews={previews} node={node} code={code} /> : null;
}

/** `code`: the node's own, which lines of troubles count in. */
function Pane({ previews, node, code }: { previews: Previews; node: string; code: string }) {
  const { preview, stale, trouble, missing, drawn } = useStore(previews.of(node));
  const view = useStore(previews.view);
  const { problem, sample, busy, framework } = view;
  const followed = useStore(following);
  const name = view.name || (followed?.run === view.run ? followed?.name : undefined);
  const label = sample?.label[node];
  const statement = trouble ? (code.split("\n")[trouble.line - 1] ?? "") : "";
  return (
    <section className="facts node-preview" aria-label={`Preview of ${node}`} aria-busy={stale && busy}>
      <h3>Preview</h3>
      {problem !== null && <Trouble cause={problem} small onRetry={() => previews.again()} />}
      {trouble && (
        <div className="preview-trouble" role="alert">
          <p className="bad">
            <span aria-hidden="true">✕ </span>
            {trouble.message}
          </p>
          <button type="button" className="small" onClick={() => previews.jump.set({ node, statement })}>
            {trouble.line > 0 ? `Show line ${trouble.line} in the code` : "Show the code"}
          </button>
          {trouble.trace !== "" && (
            <details>
              <summary>trace</summary>
              <pre>{trouble.trace}</pre>
            </details>
          )}
        </div>
      )}
      {missing !== "" && !trouble && <p className="muted">{missing}</p>}
      {preview && <Large preview={preview} stale={stale && busy} label={label} />}
      {preview && framework !== "" && (
        <p className="muted preview-by">
          run with {framework}, {weightsOf(view, name, drawn)}
        </p>
      )}
      {!preview && problem === null && !trouble && missing === "" && <div className="skeleton preview-wait" />}
    </section>
  );
}

/** Whose weights the node ran with. */
function weightsOf({ run, step, without }: PreviewsView, name: string | undefined, drawn: boolean): string {
  if (run === null || typeof step !== "number") return `weights drawn at random${without && `: ${without}`}`;
  const from = `weights of ${name ?? "the run"} at step ${formatInteger(step)}`;
  return drawn ? `weights drawn at random: ${name ?? "the run"} has none that fit` : from;
}

interface LargeProps {
  readonly preview: NodePreview;
  readonly stale: boolean;
  readonly label: string | undefined;
}

function Large({ preview, stale, label }: LargeProps) {
  const { montage, histogram, stats, values } = preview;
  const look = lookOf(preview);
  return (
    <div className={stale ? "preview-large stale" : "preview-large"}>
      {montage && (
        <figure>
          <Drawn preview={preview} size={{ ...sizeOf(montage), only: "picture" }} />
          <figcaption>{saysOf(preview)}</figcaption>
        </figure>
      )}
      {look === "bars" && values && (
        <figure>
          <Drawn preview={preview} size={BARS} />
          <figcaption>
            {saysOf(preview)}
            {largest(values)}
            {label !== undefined && `; the sample is ${label}`}
          </figcaption>
        </figure>
      )}
      {histogram && stats && stats.size > FEW && <Histogram preview={preview} histogram={histogram} />}
      <dl>
        <Fact name="shape">
          <span className="shape">{preview.shape.length > 0 ? preview.shape.join("×") : "one number"}</span>{" "}
          <span className="muted">{preview.dtype}</span>
        </Fact>
        {stats &&
          factsOf(stats).map(([name, text, exact]) => (
            <Fact key={name} name={name} title={exact}>
              {text}
            </Fact>
          ))}
      </dl>
    </div>
  );
}

/** Which of several bars is the longest. */
function largest(values: readonly (number | string)[]): string {
  const numbers = values.filter((value): value is number => typeof value === "number");
  if (values.length < 2 || numbers.length === 0) return "";
  const most = Math.max(...numbers);
  const at = values.flatMap((value, i) => (value === most ? [i] : []));
  return at.length === 1 ? `; the largest is number ${at[0]}, counted from 0` : "";
}

function Histogram({ preview, histogram }: { preview: NodePreview; histogram: PreviewHistogram }) {
  const { low, high, counts } = histogram;
  const most = counts.reduce((a, b) => Math.max(a, b), 0);
  return (
    <figure>
      <Drawn preview={preview} size={HISTOGRAM} />
      <p className="preview-axis">
        <span>{formatNumber(low)}</span>
        <span className="muted">value</span>
        <span>{formatNumber(high)}</span>
      </p>
      <figcaption>
        {low === high
          ? "All finite numbers are the same"
          : `How often numbers occur, in ${counts.length} bins; at most ${formatInteger(most)} in one`}
      </figcaption>
    </figure>
  );
}

/** All tiles, as large as the panel is wide. */
function sizeOf({ cols, rows, width, height }: Montage): { readonly width: number; readonly height: number } {
  const across = Math.min((WIDE - 2 * (cols - 1)) / cols, MOST_TILE);
  const tall = (across * height) / width;
  // Long rows of few features are no taller than a picture would be.
  const one = Math.min(tall, MOST_TILE);
  return { width: WIDE, height: Math.ceil(rows * one + 2 * (rows - 1)) };
}
