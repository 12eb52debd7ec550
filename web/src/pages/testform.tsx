/** What is to be tested, and on which rows. */

import { useId, useState } from "react";
import { getDataset, listDatasets } from "../api/datasets.ts";
import type { ModelDetail, ModelVersion } from "../api/models.ts";
import type { TestWish } from "../api/testing.ts";
import { Link } from "../components/link.tsx";
import { partOrder } from "../lib/dataset.ts";
import { formatInteger } from "../lib/format.ts";
import type { TestKind } from "../lib/testing.ts";
import { DATASETS_PATH } from "../lib/url.ts";
import { useRead } from "../state/read.ts";

interface Props {
  readonly version: ModelVersion;
  readonly busy: boolean;
  /** There is no test yet: this is what to do. */
  readonly first: boolean;
  readonly onRun: (wish: TestWish) => void;
}

const KINDS: Readonly<Record<TestKind, string>> = {
  test: "Figures",
  robustness: "Robustness",
  latency: "Latency",
};
const OWN = "";

export function TestForm({ version, busy, first, onRun }: Props) {
  const [kind, setKind] = useState<TestKind>("test");
  const [dataset, setDataset] = useState(OWN);
  const [part, setPart] = useState("");
  const [rows, setRows] = useState("");
  const { answer: sets } = useRead("datasets", () => listDatasets());
  const own = ownData(version);
  const chosen = dataset === OWN ? own : dataset;
  const { answer: told } = useRead(chosen === null ? null : chosen, () =>
    getDataset(...nameAndVersion(chosen as string)),
  );
  const id = useId();
  const most = Number(rows);
  const wrong = rows !== "" && !(Number.isInteger(most) && most > 0);
  return (
    <form
      className="mt-form"
      aria-label="Run a test"
      onSubmit={(event) => {
        event.preventDefault();
        if (wrong || busy) return;
        onRun({
          test: kind,
          ...(dataset === OWN ? {} : { dataset }),
          ...(part === "" ? {} : { part }),
          ...(rows === "" ? {} : { rows: most }),
        });
      }}
    >
      <h2>Run a test</h2>
      <fieldset className="mt-choice">
        <legend className="visually-hidden">What is tested</legend>
        {(Object.keys(KINDS) as TestKind[]).map((one) => (
          <button key={one} type="button" className="toggle" aria-pressed={one === kind} onClick={() => setKind(one)}>
            {KINDS[one]}
          </button>
        ))}
      </fieldset>
      <label htmlFor={`${id}-data`}>data</label>
      <select
        id={`${id}-data`}
        value={dataset}
        onChange={(event) => {
          setDataset(event.target.value);
          setPart("");
        }}
      >
        <option value={OWN}>
          {own === null ? "of the version: not known" : `of the version, ${own.split("@")[0]}`}
        </option>
        {(sets ?? [])
          .filter(({ name }) => name !== own?.split("@")[0])
          .map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
      </select>
      <label htmlFor={`${id}-part`}>part</label>
      <select id={`${id}-part`} value={part} onChange={(event) => setPart(event.target.value)}>
        <option value="">{likelyPart(told?.parts)}</option>
        {partOrder(Object.keys(told?.parts ?? {}))
          .filter((one) => (told?.parts[one] ?? 0) > 0)
          .map((one) => (
            <option key={one} value={one}>
              {one}, {formatInteger(told?.parts[one] ?? 0)} rows
            </option>
          ))}
      </select>
      <label htmlFor={`${id}-rows`}>at most</label>
      <input
        id={`${id}-rows`}
        type="text"
        inputMode="numeric"
        value={rows}
        placeholder={kind === "robustness" ? "500 rows" : "all rows"}
        aria-invalid={wrong}
        onChange={(event) => setRows(event.target.value.trim())}
      />
      {wrong && <p className="bad">A whole number of rows, or nothing for all.</p>}
      {own === null && dataset === OWN && (
        <p className="muted">
          What it was trained on is not told. Choose a data set
          {sets !== null && sets.length === 0 && (
            <>
              : there is none yet, <Link to={DATASETS_PATH}>register one</Link>
            </>
          )}
          .
        </p>
      )}
      <button
        type="submit"
        className={first ? "primary" : undefined}
        disabled={busy || (own === null && dataset === OWN)}
      >
        {busy ? "Running" : "Run"}
      </button>
    </form>
  );
}

/** `name@digest` of the registered data of a version; `null` when it came from elsewhere. */
export function ownData(version: ModelVersion): string | null {
  return Object.values(version.lineage.data ?? {}).find((told) => told.includes("@")) ?? null;
}

/** Data to try a version on: its own, or else what it was tested on last. */
export function knownData(model: ModelDetail, version: ModelVersion): string | null {
  const tested = model.tests
    .filter((test) => test.version === version.number && typeof test.report.dataset === "string")
    .sort((a, b) => b.us - a.us)
    .map((test) => test.report.dataset as string);
  return ownData(version) ?? tested.find((told) => told !== "") ?? null;
}

export function nameAndVersion(ref: string): [name: string, version: string | null] {
  const [name = "", version = null] = ref.split("@");
  return [name, version];
}

/** As the server chooses: what was kept for testing, else for validation. */
function likelyPart(parts: Readonly<Record<string, number>> | undefined): string {
  const found = ["test", "validation", "train"].find((one) => (parts?.[one] ?? 0) > 0);
  return found === undefined ? "test" : `${found}, ${formatInteger(parts?.[found] ?? 0)} rows`;
}
