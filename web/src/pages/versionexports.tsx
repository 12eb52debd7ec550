/** What a version can be written as: made, compared with the model, fetched, deleted; and why some of it cannot be here. */

import "../styles/exports.css";
import { type ReactNode, useState } from "react";
import {
  deleteExport,
  type ExportFormat,
  type ExportMaking,
  exportUrl,
  listExports,
  type ModelExport,
  makeExport,
} from "../api/exports.ts";
import type { ModelDetail, ModelVersion } from "../api/models.ts";
import { Age } from "../components/ages.tsx";
import { MenuButton } from "../components/menubutton.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatBytes, formatExact, formatNumber, plural } from "../lib/format.ts";
import { useDocumentTick, useRead } from "../state/read.ts";
import { Ask } from "./modeldelete.tsx";

interface Props {
  readonly model: ModelDetail;
  readonly version: ModelVersion;
}

export function VersionExports({ model: { name }, version: { number } }: Props) {
  const tick = useDocumentTick("model_export");
  const { answer: found, problem, again } = useRead(`${name}@${number}`, () => listExports(name, number), tick);
  const [refused, setRefused] = useState<unknown>(null);
  const [doomed, setDoomed] = useState<ModelExport | null>(null);
  const act = (asked: Promise<unknown>): void => {
    asked
      .then(
        () => setRefused(null),
        (cause: unknown) => setRefused(cause),
      )
      .then(again);
  };
  if (found === null)
    return problem === null ? <div className="skeleton line" /> : <Trouble cause={problem} onRetry={again} small />;
  const not = found.formats.filter(({ why_not }) => why_not !== "");
  const possible = found.formats.filter(({ why_not }) => why_not === "");
  const row = (form: ExportFormat): ReactNode => (
    <Row
      key={form.format}
      form={form}
      made={found.exports.find(({ format }) => format === form.format) ?? null}
      making={found.making.find(({ format }) => format === form.format) ?? null}
      failed={found.failed.find(({ format }) => format === form.format)?.message ?? ""}
      url={(made) => exportUrl(name, number, made)}
      onMake={() => act(makeExport(name, number, form.format))}
      onStop={() => act(deleteExport(name, number, form.format))}
      onDelete={setDoomed}
    />
  );
  const kept = not.filter(({ format }) => found.exports.some((made) => made.format === format));
  const rest = not.filter((form) => !kept.includes(form));
  return (
    <section aria-label="Exports" className="mx">
      <h3>Exports</h3>
      <p className="muted mx-about">
        Each is loaded again where it will run, and compared with the model on real rows.
      </p>
      {refused !== null && <Trouble cause={refused} small />}
      <ul className="mx-rows">{[...possible, ...kept].map(row)}</ul>
      {rest.length > 0 && <NotHere forms={rest} open={possible.length === 0} />}
      {doomed !== null && (
        <Ask
          title={`Delete the ${titleOf(found.formats, doomed)} export of version ${number}?`}
          ask={() => deleteExport(name, number, doomed.format)}
          onDone={() => {
            setDoomed(null);
            again();
          }}
          onClose={() => setDoomed(null)}
        >
          {plural(doomed.files.length, "file")} ({formatBytes(doomed.size_bytes)}). It can be made again from the
          version, which stays. An endpoint that was started with it goes on until it is stopped.
        </Ask>
      )}
    </section>
  );
}

function titleOf(forms: readonly ExportFormat[], { format }: ModelExport): string {
  return forms.find((form) => form.format === format)?.title ?? format;
}

interface RowProps {
  readonly form: ExportFormat;
  readonly made: ModelExport | null;
  readonly making: ExportMaking | null;
  readonly failed: string;
  readonly url: (made: ModelExport) => string;
  readonly onMake: () => void;
  readonly onStop: () => void;
  readonly onDelete: (made: ModelExport) => void;
}

function Row({ form, made, making, failed, url, onMake, onStop, onDelete }: RowProps) {
  return (
    <li className="mx-row" aria-label={form.title}>
      <div className="mx-what">
        <b>{form.title}</b>
        <span className="muted">{form.purpose}</span>
      </div>
      <div className="mx-state">
        {making !== null ? <Far making={making} /> : made !== null && <Facts made={made} />}
      </div>
      <div className="mx-does">
        {making !== null ? (
          <button type="button" className="small" aria-label={`Stop making ${form.title}`} onClick={onStop}>
            Stop
          </button>
        ) : made !== null ? (
          <>
            <a className="button" href={url(made)} download aria-label={`Download ${form.title}`}>
              Download
            </a>
            <MenuButton
              label={`Actions of ${form.title}`}
              className="quiet"
              items={() => [
                ...(form.why_not === "" ? [{ label: "Make it again", act: onMake }] : []),
                { label: "Delete…", danger: true, act: () => onDelete(made) },
              ]}
            >
              <span className="visually-hidden">Actions of {form.title}</span>
              <span aria-hidden="true">⋯</span>
            </MenuButton>
          </>
        ) : (
          <button type="button" className="small" aria-label={`Make ${form.title}`} onClick={onMake}>
            Make
          </button>
        )}
      </div>
      {failed !== "" && making === null && (
        <p className="mx-failed" role="alert">
          <strong>✕ It could not be made.</strong> {failed.replace(/^\w+: /, "")}
        </p>
      )}
    </li>
  );
}

function Facts({ made }: { made: ModelExport }) {
  const { size_bytes, largest, mean, agrees, source, latency_ms, us, files } = made;
  return (
    <>
      <span className="mx-line">
        <span title={`${files.map(({ path }) => path).join("\n")}`}>
          {formatBytes(size_bytes)}
          {files.length > 1 && ` in ${files.length} files`}
        </span>
        <span title={`Median of one row on one thread: ${formatExact(latency_ms)} ms`}>
          {formatNumber(latency_ms, 3)} ms a row
        </span>
        <span className="muted">
          <Age at={us / 1e6} ago />
        </span>
      </span>
      <span className="mx-line">
        <span
          className={agrees ? "mx-agrees" : "mx-differs"}
          title={`Largest difference ${formatExact(largest)}, mean ${formatExact(mean)}; up to 1e-4 agrees`}
        >
          {agrees ? "✓ agrees" : "✕ does not agree"}
        </span>
        <span>{largest === null ? "not finite" : largest === 0 ? "no difference" : differs(largest, mean)}</span>
      </span>
      <span className="muted mx-source" title={source}>
        on {source}
      </span>
    </>
  );
}

function differs(largest: number, mean: number | null): string {
  return `≤ ${formatNumber(largest, 3)}, mean ${formatNumber(mean, 2)}`;
}

function Far({ making: { share, text, us } }: { making: ExportMaking }) {
  return (
    <span className="mx-far">
      {share !== null && <progress value={share} aria-label="Progress" />}
      <span className="muted">
        {share === null ? "waits for its turn" : text} · <Age at={us / 1e6} />
      </span>
    </span>
  );
}

function NotHere({ forms, open }: { forms: readonly ExportFormat[]; open: boolean }) {
  return (
    <details className="mx-not" open={open}>
      <summary>{plural(forms.length, "format")} not possible here</summary>
      <ul>
        {forms.map(({ format, title, purpose, why_not }) => (
          <li key={format}>
            <b>{title}</b> <span className="muted">{purpose}</span>
            <span className="mx-why">{why_not}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
