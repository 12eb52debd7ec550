/** What a version says of one input: the input large, with what the answer rests on laid over it, and a bar for each class. */

import { useEffect, useId, useRef, useState } from "react";
import type { Explain } from "../../api/testing.ts";
import { CellView } from "../../components/data/cell.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { isPicture, type Picture, pictureSource } from "../../lib/dataset.ts";
import { formatExact, formatNumber, MISSING } from "../../lib/format.ts";
import { METHOD_WORDS, METHODS, type Method, type Saliency, type Tried, type TriedOutput } from "../../lib/testing.ts";
import { useRead } from "../../state/read.ts";

interface Props {
  /** Of the input: another asks again. */
  readonly id: string;
  readonly ask: (explain: Explain, signal: AbortSignal) => Promise<Tried>;
  /** The input stands beside already, in fields. */
  readonly bare?: boolean;
  readonly children?: React.ReactNode;
}

/** What of a segmentation is laid over its picture. */
type Over = "nothing" | "truth" | "answer";
const OVERS: readonly (readonly [Over, string])[] = [
  ["nothing", "Nothing"],
  ["truth", "In truth"],
  ["answer", "What it says"],
];

const LARGE_PX = 280;

export function Answer({ id, ask, bare = false, children }: Props) {
  const [method, setMethod] = useState<Method>("none");
  const [wanted, setWanted] = useState<string | null>(null);
  const [strength, setStrength] = useState(0.6);
  const [over, setOver] = useState<Over>("answer");
  const explain: Explain = { saliency: method, ...(wanted === null || method === "none" ? {} : { class: wanted }) };
  const { answer, problem, loading, again } = useRead(`${id} ${JSON.stringify(explain)}`, (signal) =>
    ask(explain, signal),
  );
  const shown = useLast(answer);
  // Another input may not have the class that was asked about.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the input decides
  useEffect(() => setWanted(null), [id]);
  if (problem !== null && shown === null)
    return (
      <>
        <Trouble cause={problem} onRetry={again} small />
        {children}
      </>
    );
  if (shown === null)
    return (
      <div className="mt-answer" aria-busy="true">
        <div className="skeleton mt-large" />
        <div className="skeleton mt-scores-wait" />
      </div>
    );
  return (
    <div className="mt-answer" aria-busy={loading}>
      <div className="mt-input">
        <Inputs tried={shown} strength={strength} over={over} bare={bare} />
        {method === "none" && shown.outputs.some(isDrawn) && (
          <fieldset className="mt-choice">
            <legend>Laid over it</legend>
            {OVERS.filter(([one]) => one !== "truth" || shown.outputs.some(({ target }) => target !== null)).map(
              ([one, words]) => (
                <button
                  key={one}
                  type="button"
                  className="toggle"
                  aria-pressed={one === over}
                  onClick={() => setOver(one)}
                >
                  {words}
                </button>
              ),
            )}
          </fieldset>
        )}
        <Explaining method={method} onMethod={setMethod} strength={strength} onStrength={setStrength} tried={shown} />
        {problem !== null && <Trouble cause={problem} small />}
        {children}
      </div>
      <div className="mt-outputs">
        {shown.outputs.map((output) => (
          <Output
            key={output.output}
            output={output}
            many={shown.outputs.length > 1}
            strength={strength}
            explained={shown.saliency.find((one) => one.output === output.output)?.label ?? null}
            onExplain={method === "none" ? null : setWanted}
          />
        ))}
        {shown.notes.map((note) => (
          <p key={note} className="muted">
            {note}
          </p>
        ))}
        <p className="muted">answered in {formatNumber(shown.took_ms, 3)} ms</p>
      </div>
    </div>
  );
}

/** The last answer stays while the next one is on its way: a picture that blinks is not compared. */
function useLast(answer: Tried | null): Tried | null {
  const last = useRef<Tried | null>(null);
  if (answer !== null) last.current = answer;
  return last.current;
}

interface InputsProps {
  readonly tried: Tried;
  readonly strength: number;
  readonly over: Over;
  readonly bare: boolean;
}

/** A segmentation: its classes lie where the pixels of the input do. */
function isDrawn({ task, picture }: TriedOutput): boolean {
  return task === "segmentation" && picture !== null;
}

function Inputs({ tried, strength, over, bare }: InputsProps) {
  // What is to be predicted is told beside the answer.
  const predicted = new Set(tried.outputs.map(({ output }) => output));
  const cells = Object.entries(tried.cells).filter(([name]) => !predicted.has(name));
  const pictures = cells.filter((entry): entry is [string, Picture] => isPicture(entry[1]));
  const others = bare ? [] : cells.filter(([, cell]) => !isPicture(cell));
  const drawn = tried.outputs.find(isDrawn);
  const mask = over === "nothing" ? null : over === "truth" ? drawn?.target : drawn?.picture;
  const laid = (name: string): string | null =>
    tried.saliency.find(({ input, picture }) => input === name && picture !== null)?.picture ??
    (pictures.length === 1 ? tried.saliency.find(({ picture }) => picture !== null)?.picture : null) ??
    mask?.image ??
    null;
  return (
    <>
      {pictures.map(([name, picture]) => (
        <figure key={name}>
          <Laid name={name} picture={picture} over={laid(name)} strength={strength} />
          {pictures.length > 1 && <figcaption className="muted">{name}</figcaption>}
        </figure>
      ))}
      {others.length > 0 && (
        <table className="pairs mt-cells">
          <tbody>
            {others.map(([name, cell]) => (
              <tr key={name}>
                <th scope="row" className="key">
                  {name}
                </th>
                <td>
                  <CellView cell={cell} name={name} px={26} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {tried.saliency.map((found) => (
        <Columns key={`${found.input} ${found.output}`} found={found} />
      ))}
    </>
  );
}

interface LaidProps {
  readonly name: string;
  readonly picture: Picture;
  readonly over: string | null;
  readonly strength: number;
}

/** A picture, pixel by pixel, and another over it as strongly as somebody likes. */
export function Laid({ name, picture, over, strength }: LaidProps) {
  const scale = LARGE_PX / Math.max(picture.width, picture.height);
  const size = { width: Math.round(picture.width * scale), aspectRatio: `${picture.width} / ${picture.height}` };
  return (
    <span className={scale >= 2 ? "mt-laid sharp" : "mt-laid"} style={size}>
      <img src={pictureSource(picture.image)} alt={name} />
      {over !== null && <img src={pictureSource(over)} alt="" className="over" style={{ opacity: strength }} />}
    </span>
  );
}

interface ExplainingProps {
  readonly method: Method;
  readonly onMethod: (method: Method) => void;
  readonly strength: number;
  readonly onStrength: (strength: number) => void;
  readonly tried: Tried;
}

function Explaining({ method, onMethod, strength, onStrength, tried }: ExplainingProps) {
  const id = useId();
  const laid = tried.saliency.some(({ picture }) => picture !== null) || tried.outputs.some(isDrawn);
  return (
    <div className="mt-explain">
      <fieldset className="mt-choice">
        <legend>What it rests on</legend>
        {METHODS.map((one) => (
          <button
            key={one}
            type="button"
            className="toggle"
            aria-pressed={one === method}
            onClick={() => onMethod(one)}
          >
            {METHOD_WORDS[one]}
          </button>
        ))}
      </fieldset>
      {laid && (
        <label htmlFor={id}>
          overlay
          <input
            id={id}
            type="range"
            min={0}
            max={1}
            step={0.05}
            value={strength}
            onChange={(event) => onStrength(Number(event.target.value))}
          />
        </label>
      )}
      {method !== "none" && tried.saliency.length > 0 && (
        <p className="muted">
          <b className="mt-for">red</b> speaks for {tried.saliency[0]?.label || "a larger number"},{" "}
          <b className="mt-against">blue</b> against it.{" "}
          {method === "gradient"
            ? "The input times the gradient of its score: what a small change would do."
            : "How far its score falls when a place is covered."}
        </p>
      )}
    </div>
  );
}

/** What columns do to an answer, as bars to either side of 0. */
function Columns({ found }: { found: Saliency }) {
  if (found.columns.length === 0) return null;
  const most = Math.max(1e-12, ...found.columns.map(({ value }) => Math.abs(value)));
  return (
    <table className="mt-columns" aria-label={`What speaks for ${found.label}`}>
      <tbody>
        {found.columns.map(({ name, value }) => (
          <tr key={name}>
            <th scope="row" className="key" title={name}>
              {name}
            </th>
            <td aria-hidden="true">
              <i
                className={value < 0 ? "against" : "for"}
                style={{ width: `${(50 * Math.abs(value)) / most}%`, [value < 0 ? "right" : "left"]: "50%" }}
              />
            </td>
            <td className="number" title={formatExact(value)}>
              {formatNumber(value, 3)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Three decimals for all: bars are compared, and what is less than that is nothing beside them. */
function scoreWords(score: number | null): string {
  if (score === null) return MISSING;
  return score > 0 && score < 0.0005 ? "< 0.001" : score.toFixed(3);
}

const FEW = 8;

function numberWords(values: readonly (number | null)[]): string {
  const first = values.slice(0, FEW).map((value) => formatNumber(value));
  return `${first.join("  ")}${values.length > FEW ? " …" : ""}`;
}

interface OutputProps {
  readonly output: TriedOutput;
  readonly many: boolean;
  readonly strength: number;
  /** The class that the overlay is about. */
  readonly explained: string | null;
  readonly onExplain: ((label: string) => void) | null;
}

function Output({ output, many, strength, explained, onExplain }: OutputProps) {
  const { task, label, truth, loss, scores, values } = output;
  const right = truth === null ? null : task === "classification" ? truth === label : null;
  return (
    <section aria-label={many ? output.output : "Answer"}>
      {many && <h4>{output.output}</h4>}
      <p className="mt-said">
        {label !== null && <b>{label === "" ? "none" : label}</b>}
        {values.length > 0 && <b>{numberWords(values)}</b>}
        {truth !== null && (
          <span className={right === null ? "muted" : right ? "md-pass" : "md-fail"}>
            {right === null ? "" : right ? "✓ " : "✕ "}
            {right === true ? "right" : `in truth ${truth}`}
          </span>
        )}
        {loss !== null && <span className="muted">loss {formatNumber(loss, 3)}</span>}
      </p>
      {scores.length > 0 && (
        <table className="mt-scores">
          {task === "segmentation" && <caption className="muted">share of the pixels</caption>}
          <tbody>
            {scores.map(({ label: name, score }) => (
              <tr key={name} className={name === truth ? "true" : undefined}>
                <th scope="row" title={name}>
                  {onExplain === null ? (
                    name
                  ) : (
                    <button
                      type="button"
                      className="link"
                      aria-pressed={name === explained}
                      title={`What speaks for ${name}`}
                      onClick={() => onExplain(name)}
                    >
                      {name}
                    </button>
                  )}
                </th>
                <td className="mt-slice" aria-hidden="true">
                  <span>
                    <i className={name === label ? "bar first" : "bar"} style={{ width: `${100 * (score ?? 0)}%` }} />
                  </span>
                </td>
                <td className="number" title={formatExact(score)}>
                  {scoreWords(score)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {output.picture !== null && (
        <div className="mt-pictures">
          {output.target !== null && (
            <figure>
              <Laid name="in truth" picture={output.target} over={null} strength={strength} />
              <figcaption className="muted">in truth</figcaption>
            </figure>
          )}
          <figure>
            <Laid name="what it says" picture={output.picture} over={null} strength={strength} />
            <figcaption className="muted">{task === "reconstruction" ? "given back" : "what it says"}</figcaption>
          </figure>
        </div>
      )}
    </section>
  );
}
