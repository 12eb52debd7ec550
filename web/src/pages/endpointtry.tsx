/** Trying an endpoint: a digit is drawn, a row is filled in, a picture is chosen, and the answer follows each change. */

import { useCallback, useEffect, useId, useRef, useState } from "react";
import { type EndpointRow, type Predicted, predict, predictUrl, readServed } from "../api/endpoints.ts";
import { CodeBlock } from "../components/copy.tsx";
import { DrawPad } from "../components/drawpad.tsx";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import {
  callsOf,
  likelihood,
  rowOf,
  type Said,
  type Served,
  saidBy,
  sheetOf,
  type Taken,
  takenOf,
} from "../lib/endpoints.ts";
import { formatNumber } from "../lib/format.ts";
import { ENDPOINTS_PATH, MODELS_PATH } from "../lib/url.ts";
import { useRead } from "../state/read.ts";

/** While somebody types or draws, so long is waited for more. */
const PAUSE_MS = 120;

function useServed(row: EndpointRow) {
  const version = row.versions.find(({ role }) => role === "model")?.version ?? "";
  return useRead(row.state === "running" ? `${row.name} ${version}` : null, () => readServed(row.name));
}

export function EndpointTry({ row }: { row: EndpointRow }) {
  const { answer: served, problem, again } = useServed(row);
  if (row.state !== "running") return <p className="muted">It can be tried while it answers. It is {row.state} now.</p>;
  if (problem !== null) return <Trouble cause={problem} small onRetry={again} />;
  if (served === null) return <div className="skeleton line" />;
  return <Try key={served.model.version} name={row.name} served={served} />;
}

/** The digit classifier that every server has. */
const DIGITS: Served = {
  name: "mlp",
  model: {
    version: "mlp",
    takes: { image: { anyOf: [] } },
    signature: { inputs: [{ name: "image", shape: [28, 28, 1] }], outputs: [{ name: "label" }] },
  },
};

/** `/serve/mlp`, which is no endpoint of anybody's: there is nothing to change, but it can be drawn at. */
export function DigitsPage() {
  useEffect(() => {
    document.title = "Draw a digit · gnomon";
  }, []);
  return (
    <div className="model-page endpoint">
      <header className="md-head">
        <p className="md-up">
          <Link to={MODELS_PATH}>Models</Link> <span className="muted">/</span>{" "}
          <Link to={ENDPOINTS_PATH}>Endpoints</Link>
        </p>
        <div className="md-title">
          <h1>Draw a digit</h1>
        </div>
        <p className="muted ep-digits-at">
          A network of 784-30-10 units that learned MNIST answers on every server, at <code>{predictUrl("mlp")}</code>.
        </p>
      </header>
      <Try name="mlp" served={DIGITS} />
    </div>
  );
}

/** One question at a time, the last one asked counts. */
function useAnswer(name: string, asked: Blob | string | null) {
  const [found, setFound] = useState<{ readonly answer: Predicted | null; readonly problem: unknown; ms: number }>({
    answer: null,
    problem: null,
    ms: 0,
  });
  useEffect(() => {
    if (asked === null) {
      setFound({ answer: null, problem: null, ms: 0 });
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      const began = performance.now();
      predict(name, typeof asked === "string" ? (JSON.parse(asked) as unknown) : asked, stop.signal).then(
        (answer) => !stop.signal.aborted && setFound({ answer, problem: null, ms: performance.now() - began }),
        (problem: unknown) => !stop.signal.aborted && setFound((before) => ({ ...before, answer: null, problem })),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [name, asked]);
  return found;
}

function Try({ name, served }: { name: string; served: Served }) {
  const taken = takenOf(served);
  const sheet = sheetOf(served);
  const pictured = taken.length === 1 && taken[0]?.kind === "picture";
  const [asked, setAsked] = useState<Blob | string | null>(null);
  const [file, setFile] = useState<File | null>(null);
  const found = useAnswer(name, file ?? asked);
  const draw = useCallback((png: Blob | null): void => {
    setFile(null);
    setAsked(png);
  }, []);
  const isDigit = (served.model.signature.outputs ?? []).length === 1 && saysDigits(found.answer);
  return (
    <div className="ep-try">
      <div className="ep-given">
        {sheet !== null && (
          <DrawPad {...sheet} label={isDigit ? "a digit" : `a ${taken[0]?.name ?? "picture"}`} onPicture={draw} />
        )}
        {pictured && <Upload file={file} onFile={setFile} />}
        {sheet === null && !pictured && <Fields taken={taken} onRow={setAsked} />}
      </div>
      <section className="ep-said" aria-label="Answer" aria-live="polite">
        {found.problem !== null ? (
          <Trouble cause={found.problem} small />
        ) : found.answer === null ? (
          <p className="muted">
            {sheet !== null ? "Draw, and the answer follows." : "Fill in a row, and the answer follows."}
          </p>
        ) : (
          <>
            {saidBy(found.answer.answer).map((said) => (
              <Answer key={said.output} said={said} />
            ))}
            <p className="muted ep-note">
              {found.answer.version || name} answered within {formatNumber(found.ms, 3)} ms, as this page measures it.
            </p>
          </>
        )}
      </section>
    </div>
  );
}

function saysDigits(answer: Predicted | null): boolean {
  const bars = answer === null ? [] : (saidBy(answer.answer)[0]?.bars ?? []);
  return bars.length === 10 && bars.every(({ label }) => /^\d$/.test(label));
}

function Answer({ said }: { said: Said }) {
  return (
    <div className="ep-answer">
      {said.output !== "" && <h3>{said.output}</h3>}
      {said.label !== "" && <p className="ep-label">{said.label}</p>}
      {said.bars.length > 0 && (
        <table className="ep-bars">
          <caption className="visually-hidden">How likely each class is</caption>
          <tbody>
            {said.bars.map(({ label, value }) => (
              <tr key={label} className={label === said.label ? "ep-first" : undefined}>
                <th scope="row">{label}</th>
                <td className="ep-bar">
                  <span style={{ width: `${100 * Math.max(0, Math.min(1, value))}%` }} />
                </td>
                <td className="number">{likelihood(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {said.value !== undefined && said.value !== null && <pre className="ep-value">{shown(said.value)}</pre>}
    </div>
  );
}

const MOST_CHARS = 2_000;

function shown(value: unknown): string {
  if (typeof value === "number") return formatNumber(value, 6);
  const text = JSON.stringify(value);
  return text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)} …` : text;
}

function Upload({ file, onFile }: { file: File | null; onFile: (file: File | null) => void }) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  return (
    <p className="ep-upload">
      <label htmlFor={id}>or a picture of yours</label>
      <input
        ref={field}
        id={id}
        type="file"
        accept="image/*"
        onChange={(event) => onFile(event.target.files?.[0] ?? null)}
      />
      {file !== null && (
        <button
          type="button"
          className="small"
          onClick={() => {
            if (field.current) field.current.value = "";
            onFile(null);
          }}
        >
          Put it away
        </button>
      )}
    </p>
  );
}

function Fields({ taken, onRow }: { taken: readonly Taken[]; onRow: (body: string | null) => void }) {
  const [fields, setFields] = useState<Readonly<Record<string, string>>>({});
  const [pictures, setPictures] = useState<Readonly<Record<string, string>>>({});
  const id = useId();
  const set = (name: string, text: string): void => {
    const next = { ...fields, [name]: text };
    setFields(next);
    tell(next, pictures);
  };
  const tell = (values: Readonly<Record<string, string>>, shots: Readonly<Record<string, string>>): void => {
    const begun = Object.values(values).some((text) => text.trim() !== "") || Object.keys(shots).length > 0;
    onRow(begun ? JSON.stringify({ rows: [{ ...rowOf(taken, values), ...shots }] }) : null);
  };
  const take = (name: string, file: File | undefined): void => {
    if (!file) return;
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      const next = { ...pictures, [name]: String(reader.result) };
      setPictures(next);
      tell(fields, next);
    });
    reader.readAsDataURL(file);
  };
  return (
    <div className="md-form ep-fields">
      {taken.map((one) => (
        <FieldOf
          key={one.name}
          one={one}
          id={`${id}${one.name}`}
          value={fields[one.name] ?? ""}
          onText={set}
          onFile={take}
        />
      ))}
      <p className="muted md-wide">A field that is empty is a value that is not known.</p>
    </div>
  );
}

interface FieldProps {
  readonly one: Taken;
  readonly id: string;
  readonly value: string;
  readonly onText: (name: string, text: string) => void;
  readonly onFile: (name: string, file: File | undefined) => void;
}

function FieldOf({ one, id, value, onText, onFile }: FieldProps) {
  const change = (event: { readonly target: { readonly value: string } }): void => onText(one.name, event.target.value);
  return (
    <>
      <label htmlFor={id}>{one.name}</label>
      {one.kind === "class" ? (
        <select id={id} value={value} onChange={change}>
          <option value="">not known</option>
          {one.classes.map((name) => name !== null && <option key={name}>{name}</option>)}
        </select>
      ) : one.kind === "picture" ? (
        <input id={id} type="file" accept="image/*" onChange={(event) => onFile(one.name, event.target.files?.[0])} />
      ) : one.kind === "text" || one.kind === "array" ? (
        <textarea id={id} rows={one.kind === "text" ? 3 : 2} value={value} onChange={change} />
      ) : (
        <input
          id={id}
          type="text"
          inputMode={one.kind === "number" ? "decimal" : "text"}
          placeholder={one.kind === "time" ? "2026-11-21T14:02" : ""}
          value={value}
          onChange={change}
        />
      )}
    </>
  );
}

/** How it is called from elsewhere. */
export function EndpointCalls({ row }: { row: EndpointRow }) {
  const { answer: served, problem, again } = useServed(row);
  if (row.state !== "running")
    return <p className="muted">What it takes is known while it answers. It is {row.state} now.</p>;
  if (problem !== null) return <Trouble cause={problem} small onRetry={again} />;
  if (served === null) return <div className="skeleton line" />;
  return (
    <div className="ep-calls">
      {callsOf(served, predictUrl(row.name)).map(({ name, code }) => (
        <section key={name} aria-label={name}>
          <h3>{name}</h3>
          <CodeBlock code={code} what={`the lines of ${name}`} />
        </section>
      ))}
      <p className="muted">
        With a token, add the header <code>Authorization: Bearer TOKEN</code>. JSON, base64 and data URIs, forms and{" "}
        <code>.npy</code> files are taken too:{" "}
        <a href={predictUrl(row.name).replace(/predict$/, "openapi.json")}>OpenAPI of this endpoint</a>.
      </p>
    </div>
  );
}
