/** Trying a version: on a row of data, on a picture that is uploaded or drawn, on numbers in fields. */

import { useCallback, useId, useRef, useState } from "react";
import { type Dataset, getDataset } from "../api/datasets.ts";
import type { ModelDetail, ModelVersion } from "../api/models.ts";
import { type Input, tryVersion } from "../api/testing.ts";
import { DrawPad } from "../components/drawpad.tsx";
import { Trouble } from "../components/trouble.tsx";
import type { Column } from "../lib/dataset.ts";
import { formatBytes } from "../lib/format.ts";
import {
  type Fields,
  fieldHint,
  firstFields,
  isOutside,
  type PictureSize,
  pictureSize,
  portsOf,
  readFields,
  SOURCE_WORDS,
  SOURCES,
  type Source,
  sourcesOf,
} from "../lib/trying.ts";
import { useRead } from "../state/read.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { Answer } from "../views/testing/answer.tsx";
import { knownData, nameAndVersion } from "./testform.tsx";
import { RowPicker } from "./testrow.tsx";

interface Props {
  readonly model: ModelDetail;
  readonly version: ModelVersion;
}

export function TryPane({ model, version }: Props) {
  const { search } = usePlace();
  const own = knownData(model, version);
  const { answer: data, problem } = useRead(own, () => getDataset(...nameAndVersion(own as string)));
  if (own !== null && data === null && problem === null) return <div className="skeleton mt-report-wait" />;
  const columns = data && inputsOf(data);
  const inputs = portsOf(version.signature.inputs ?? [], columns);
  const sources = sourcesOf(inputs, columns);
  const asked = SOURCES.find((one) => one === search.get("from"));
  const source = asked !== undefined && sources.includes(asked) ? asked : sources[0];
  if (source === undefined)
    return (
      <div className="mt-begin">
        <h2>There is nothing here to try it on</h2>
        <p>
          {problem === null
            ? "It takes no picture, and the data that it was trained on is not told. Test it on data first: their rows can be tried then."
            : "The data that it was trained on cannot be read."}{" "}
          Or send numbers: <code>POST …/versions/{version.number}:try</code> with <code>inputs</code>.
        </p>
        {problem !== null && <Trouble cause={problem} small />}
      </div>
    );
  return (
    <div className="mt-try">
      <fieldset className="mt-choice">
        <legend className="visually-hidden">What it is tried on</legend>
        {sources.map((one) => (
          <button
            key={one}
            type="button"
            className="toggle"
            aria-pressed={one === source}
            onClick={() => setSearch({ from: one, row: null }, true)}
          >
            {SOURCE_WORDS[one]}
          </button>
        ))}
      </fieldset>
      <Chosen
        source={source}
        model={model}
        version={version}
        data={data}
        columns={columns ?? []}
        size={pictureSize(inputs)}
      />
    </div>
  );
}

function inputsOf(data: Dataset): readonly Column[] {
  return data.columns.filter(({ name }) => data.inputs.includes(name));
}

interface ChosenProps extends Props {
  readonly source: Source;
  readonly data: Dataset | null;
  readonly columns: readonly Column[];
  readonly size: PictureSize | null;
}

function Chosen({ source, model, version, data, columns, size }: ChosenProps) {
  const ask = (input: Input) => (explain: Parameters<typeof tryVersion>[3], signal: AbortSignal) =>
    tryVersion(model.name, String(version.number), input, explain, signal);
  if (source === "data" && data !== null)
    return <OfData data={data} id={`${model.name} ${version.number}`} ask={ask} />;
  if (source === "draw" && size !== null) return <Drawn size={size} ask={ask} />;
  if (source === "upload") return <Uploaded ask={ask} />;
  return <Typed columns={columns} ask={ask} />;
}

type Ask = (input: Input) => React.ComponentProps<typeof Answer>["ask"];

function OfData({ data, id, ask }: { data: Dataset; id: string; ask: Ask }) {
  const { search } = usePlace();
  const parts = data.parts;
  const part = search.get("part") ?? ["test", "validation", "train"].find((one) => (parts[one] ?? 0) > 0) ?? "train";
  const row = Math.min(Math.max(0, Number(search.get("row") ?? 0) || 0), Math.max(0, (parts[part] ?? 1) - 1));
  const dataset = `${data.name}@${data.digest}`;
  return (
    <>
      <RowPicker
        data={data}
        part={part}
        row={row}
        onPick={(next) => setSearch({ part: next.part, row: String(next.row) })}
      />
      <Answer id={`${id} ${dataset} ${part} ${row}`} ask={ask({ row: { row, part, dataset } })} />
    </>
  );
}

function Drawn({ size, ask }: { size: PictureSize; ask: Ask }) {
  const [image, setImage] = useState<string | null>(null);
  const turn = useRef(0);
  const take = useCallback((png: Blob | null) => {
    const mine = ++turn.current;
    if (png === null) setImage(null);
    else void dataUri(png).then((text) => turn.current === mine && setImage(text));
  }, []);
  return (
    <div className="mt-beside">
      <DrawPad {...size} label="what the model is to see" onPicture={take} />
      {image === null ? (
        <p className="muted mt-waits">The answer comes with the first stroke, and anew after each.</p>
      ) : (
        <Answer id={`drawn ${image}`} ask={ask({ image })} />
      )}
    </div>
  );
}

/** The server takes no larger ones. */
const MOST_BYTES = 8 * 2 ** 20;

function Uploaded({ ask }: { ask: Ask }) {
  const id = useId();
  const [image, setImage] = useState<{ readonly name: string; readonly uri: string } | null>(null);
  const [wrong, setWrong] = useState("");
  const [invert, setInvert] = useState(false);
  const take = (file: File | undefined): void => {
    if (file === undefined) return;
    if (!file.type.startsWith("image/")) {
      setWrong(`${file.name} is no picture. PNG and JPEG are.`);
      return;
    }
    if (file.size > MOST_BYTES) {
      setWrong(`${file.name} has ${formatBytes(file.size)}, more than ${formatBytes(MOST_BYTES)}. Make it smaller.`);
      return;
    }
    setWrong("");
    dataUri(file).then(
      (uri) => setImage({ name: file.name, uri }),
      () => setWrong(`${file.name} cannot be read.`),
    );
  };
  return (
    <div className="mt-uploaded">
      <section
        className="mt-drop"
        aria-label="A picture of yours"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          take(event.dataTransfer.files[0]);
        }}
        onPaste={(event) => take(event.clipboardData.files[0])}
      >
        <label htmlFor={id}>Choose a picture, drop one here, or paste one</label>
        <input
          id={id}
          type="file"
          accept="image/*"
          onChange={(event) => {
            take(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
        <label className="mt-check">
          <input type="checkbox" checked={invert} onChange={(event) => setInvert(event.target.checked)} />
          dark on light, and the model knows light on dark
        </label>
        {wrong !== "" && (
          <p className="bad" role="alert">
            {wrong}
          </p>
        )}
      </section>
      {image !== null && (
        <Answer id={`uploaded ${invert} ${image.uri}`} ask={ask({ image: image.uri, invert })}>
          <p className="muted">{image.name}, as the model gets it</p>
        </Answer>
      )}
    </div>
  );
}

function Typed({ columns, ask }: { columns: readonly Column[]; ask: Ask }) {
  const id = useId();
  const [fields, setFields] = useState<Fields>(() => firstFields(columns));
  const { values, wrong } = readFields(columns, fields);
  const set = (name: string, text: string): void => setFields((before) => ({ ...before, [name]: text }));
  return (
    <div className="mt-beside">
      <div className="mt-fields">
        {columns.map((column) => {
          const { name, kind, classes } = column;
          const text = fields[name] ?? "";
          return (
            <div key={name}>
              <label htmlFor={`${id} ${name}`} className="key">
                {name}
              </label>
              {kind === "category" ? (
                <select id={`${id} ${name}`} value={text} onChange={(event) => set(name, event.target.value)}>
                  {classes.map((one) => (
                    <option key={one}>{one}</option>
                  ))}
                </select>
              ) : (
                <input
                  id={`${id} ${name}`}
                  type="text"
                  inputMode={kind === "number" ? "decimal" : undefined}
                  value={text}
                  aria-invalid={name in wrong}
                  onChange={(event) => set(name, event.target.value)}
                />
              )}
              <span className={name in wrong ? "bad" : isOutside(column, text) ? "mt-outside" : "muted"}>
                {wrong[name] ?? (isOutside(column, text) ? `outside of ${fieldHint(column)}` : fieldHint(column))}
              </span>
            </div>
          );
        })}
        <button type="button" onClick={() => setFields(firstFields(columns))}>
          Back to the means
        </button>
      </div>
      {Object.keys(wrong).length > 0 ? (
        <p className="muted mt-waits">The answer comes when every field can be read.</p>
      ) : (
        <Answer id={JSON.stringify(values)} ask={ask({ values })} bare />
      )}
    </div>
  );
}

function dataUri(blob: Blob): Promise<string> {
  return new Promise((done, refuse) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result as string);
    reader.onerror = () => refuse(reader.error);
    reader.readAsDataURL(blob);
  });
}
