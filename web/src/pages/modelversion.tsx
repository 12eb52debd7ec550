/** One version: what is said of it, where it comes from, what it takes and gives, its files, and how to use it. */

import { type ReactNode, useState } from "react";
import { fileUrl, type ModelDetail, type ModelVersion, noteVersion } from "../api/models.ts";
import { Age } from "../components/ages.tsx";
import { CodeBlock, CopyButton } from "../components/copy.tsx";
import { Editable } from "../components/editable.tsx";
import { later } from "../components/later.tsx";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatBytes, formatExact, formatInteger, formatNumber } from "../lib/format.ts";
import { figureOrder, figuresOf, isOfClass, portWords, pythonLines, shellLines } from "../lib/models.ts";
import { canvasPath, datasetPath, jobPath, runPath, runsPath } from "../lib/url.ts";
import { VersionServe } from "./versionserve.tsx";
import { VersionTests } from "./versiontests.tsx";

const VersionExports = later(async () => (await import("./versionexports.tsx")).VersionExports);

interface Props {
  readonly model: ModelDetail;
  readonly version: ModelVersion;
  readonly onChanged: () => void;
}

export function VersionPane({ model, version, onChanged }: Props) {
  const [refused, setRefused] = useState<unknown>(null);
  const alias = version.aliases.includes("champion") ? "champion" : version.aliases[0];
  const ref = `${model.name}@${alias ?? version.number}`;
  const save = (note: string): void => {
    noteVersion(model.name, version.number, note).then(
      () => {
        setRefused(null);
        onChanged();
      },
      (cause: unknown) => setRefused(cause),
    );
  };
  return (
    <section aria-label={`Version ${version.number}`} className="md-version">
      <h2>
        Version {version.number}
        <span className="mono muted">{version.digest}</span>
        <CopyButton text={`${model.name}@${version.number}`} what="the name of this version" />
        <VersionServe model={model} version={version} />
      </h2>
      <div className="md-text">
        <Editable
          value={version.note}
          label={`Note on version ${version.number}`}
          hint="Ctrl+Enter keeps, Escape leaves"
          long
          onSave={save}
        >
          {version.note === "" ? <span className="muted">Add a note</span> : version.note}
        </Editable>
      </div>
      {refused !== null && <Trouble cause={refused} small />}
      <dl className="md-facts">
        <Lineage version={version} />
        {version.by !== "" && <Fact name="registered by">{version.by}</Fact>}
        <Fact name="registered">
          <Age at={version.us / 1e6} ago />
        </Fact>
        {version.signature.inputs?.map((port) => (
          <Fact key={`in ${port.name}`} name={`input ${port.name}`}>
            {portWords(port)}
          </Fact>
        ))}
        {version.signature.outputs?.map((port) => (
          <Fact key={`out ${port.name}`} name={`output ${port.name}`}>
            {portWords(port)}
          </Fact>
        ))}
      </dl>
      <OfClass model={model} version={version} />
      <VersionTests model={model} version={version} />
      <h3>Files</h3>
      <Files name={model.name} version={version} />
      <VersionExports model={model} version={version} />
      <h3>Use it</h3>
      <CodeBlock code={pythonLines(ref, version.format)} what="the Python lines" />
      <CodeBlock code={shellLines(ref)} what="the shell commands" />
    </section>
  );
}

/** Where it comes from, each with its page. What was deleted since says so there. */
function Lineage({ version: { lineage } }: { version: ModelVersion }) {
  const { project = "", run = "", run_name = "", step, job = "", graph, data = {}, commit = "" } = lineage;
  const told = Object.entries(data);
  if (run === "" && job === "" && !graph && told.length === 0 && commit === "")
    return <Fact name="comes from">elsewhere: it was brought as files</Fact>;
  return (
    <>
      {run !== "" && (
        <Fact name="run">
          <Link to={runPath(project, run)}>{run_name || run}</Link>
          {step !== undefined && step !== null && <span>step {formatInteger(step)}</span>}
          <Link to={runsPath(project)} className="muted">
            {project}
          </Link>
        </Fact>
      )}
      {job !== "" && (
        <Fact name="job">
          <Link to={jobPath(job)} className="mono">
            {job}
          </Link>
        </Fact>
      )}
      {told.map(([name, digest]) => (
        <Fact key={name} name={told.length === 1 ? "data" : `data, ${name}`}>
          <Data name={name} value={digest} />
        </Fact>
      ))}
      {graph && (
        <Fact name="canvas">
          <Link to={canvasPath(project, graph.id, graph.rev)}>revision {graph.rev}</Link>
        </Fact>
      )}
      {commit !== "" && (
        <Fact name="commit">
          <span className="mono" title={commit}>
            {commit.slice(0, 12)}
          </span>
        </Fact>
      )}
    </>
  );
}

/** A registered data set has a page; of other data the hash is all there is. */
function Data({ name, value }: { name: string; value: string }) {
  const [set = "", digest = ""] = value.split("@");
  if (digest !== "") return <Link to={datasetPath(set, { version: digest })}>{value}</Link>;
  return (
    <span className="mono" title={`${name}: ${value}`}>
      {value}
    </span>
  );
}

function OfClass({ model, version }: { model: ModelDetail; version: ModelVersion }) {
  const figures = figuresOf(version, model.tests);
  const names = figureOrder(Object.keys(figures)).filter(isOfClass);
  if (names.length === 0) return null;
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const [of = name] = name.split("@");
    const group = of === name ? name.split("/").slice(0, 2).join("/") : of;
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  return (
    <details className="md-classes">
      <summary>Figures of each class</summary>
      {[...groups].map(([group, keys]) => (
        <div key={group}>
          <h4>{group}</h4>
          <ul className="chips">
            {keys.map((key) => (
              <li key={key} title={`${key} = ${formatExact(figures[key])}`}>
                <span>{key.slice(group.length + 1)}</span> <b>{formatNumber(figures[key])}</b>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </details>
  );
}

function Files({ name, version }: { name: string; version: ModelVersion }) {
  return (
    <ul className="md-files">
      {version.files.map(({ path, size_bytes, sha256 }) => (
        <li key={path}>
          <a href={fileUrl(name, version.number, path)} download={path.split("/").at(-1)} title={`SHA-256 ${sha256}`}>
            {path}
          </a>
          <span className="number muted">{formatBytes(size_bytes)}</span>
        </li>
      ))}
    </ul>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
