/** One data set: what it holds, its samples, its versions, who uses it, and how to. */

import "../styles/dataform.css";
import "../styles/dataparts.css";
import "../styles/datasets.css";
import { useEffect, useState } from "react";
import { type Dataset, getDataset, getProfile } from "../api/datasets.ts";
import { Age } from "../components/ages.tsx";
import { CodeBlock, CopyButton } from "../components/copy.tsx";
import { ClassBalance, PartSizes } from "../components/data/balance.tsx";
import { Findings } from "../components/data/findings.tsx";
import { Link } from "../components/link.tsx";
import { MenuButton } from "../components/menubutton.tsx";
import { Tabs, tabId } from "../components/tabs.tsx";
import { Trouble } from "../components/trouble.tsx";
import { countKinds, kindWords, type Profile, pythonLines, type Split } from "../lib/dataset.ts";
import { formatBytes, formatInteger } from "../lib/format.ts";
import { DATASETS_PATH, datasetPath } from "../lib/url.ts";
import { useCommands } from "../state/commands.ts";
import { type Read, useDocumentTick, useRead } from "../state/read.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { BuildDialog } from "./buildmodel.tsx";
import { ColumnFacts } from "./datasetcolumns.tsx";
import { EditDialog } from "./datasetedit.tsx";
import { ForgetDialog } from "./datasetforget.tsx";
import { SamplesPane } from "./datasetsamples.tsx";
import { UsesPane } from "./datasetuses.tsx";
import { VersionsPane } from "./datasetversions.tsx";

const PANE = "dataset-pane";

export function DatasetPage({ name }: { name: string }) {
  const { search } = usePlace();
  const version = search.get("version");
  const tab = search.get("tab") ?? "overview";
  const tick = useDocumentTick("dataset");
  const key = `${name}@${version ?? ""}`;
  const { answer: data, problem, again } = useRead(key, () => getDataset(name, version), tick);
  const profile = useRead(data && `${name}@${data.digest}`, (signal) => getProfile(name, data?.digest ?? null, signal));
  const [dialog, setDialog] = useState<"edit" | "build" | "forget" | null>(null);
  /** What a finding would have the split be. */
  const [split, setSplit] = useState<Partial<Split> | null>(null);
  const edit = (wanted: Partial<Split> | null): void => {
    setSplit(wanted);
    setDialog("edit");
  };
  useEffect(() => {
    document.title = `${name} · Data · gnomon`;
  }, [name]);
  useCommands(() =>
    data === null
      ? []
      : [
          { id: "data:build", title: `Build a model from ${name}`, section: "Data", act: () => setDialog("build") },
          ...(data.packaged || version !== null
            ? []
            : [{ id: "data:edit", title: `Change ${name}`, section: "Data", act: () => edit(null) }]),
        ],
  );
  if (data === null)
    return problem === null ? (
      <div className="dataset-page" aria-busy="true">
        <div className="skeleton line" />
      </div>
    ) : (
      <div className="teach">
        <h1>{name}</h1>
        <Trouble cause={problem} onRetry={again} />
        <p>
          <Link to={DATASETS_PATH}>All data sets</Link>
        </p>
      </div>
    );
  return (
    <div className="dataset-page">
      <Head
        data={data}
        old={version !== null}
        onEdit={() => edit(null)}
        onBuild={() => setDialog("build")}
        onDelete={() => setDialog("forget")}
      />
      <Tabs
        label={`Parts of ${name}`}
        tabs={[
          { name: "overview", label: "Overview" },
          { name: "samples", label: "Samples" },
          { name: "versions", label: "Versions" },
          { name: "uses", label: data.runs + data.graphs > 0 ? `Used by ${data.runs + data.graphs}` : "Used by" },
        ]}
        chosen={tab}
        onChoose={(next) => setSearch({ tab: next === "overview" ? null : next }, true)}
        controls={PANE}
      />
      <div id={PANE} className="dataset-pane" role="tabpanel" aria-labelledby={tabId(PANE, tab)}>
        {tab === "samples" ? (
          <SamplesPane data={data} />
        ) : tab === "versions" ? (
          <VersionsPane data={data} tick={tick} />
        ) : tab === "uses" ? (
          <UsesPane name={name} tick={tick} />
        ) : (
          <Overview data={data} profile={profile} {...(version === null && { onSplit: edit })} />
        )}
      </div>
      {dialog === "edit" && <EditDialog data={data} {...(split && { split })} onClose={() => setDialog(null)} />}
      {dialog === "forget" && <ForgetDialog data={data} onClose={() => setDialog(null)} />}
      {dialog === "build" && <BuildDialog data={data} onClose={() => setDialog(null)} />}
    </div>
  );
}

interface HeadProps {
  readonly data: Dataset;
  /** A version by its number or digest is looked at, not what is present now. */
  readonly old: boolean;
  readonly onEdit: () => void;
  readonly onBuild: () => void;
  readonly onDelete: () => void;
}

function Head({ data, old, onEdit, onBuild, onDelete }: HeadProps) {
  const ref = `${data.name}@${data.digest}`;
  return (
    <header className="ds-head">
      <p className="ds-up">
        <Link to={DATASETS_PATH}>Data</Link>
      </p>
      <div className="ds-title">
        <h1>{data.name}</h1>
        <span className="ds-version">
          version {data.version}{" "}
          {old && (
            <Link to={datasetPath(data.name)} className="link">
              go to the present one
            </Link>
          )}
        </span>
        <span className="grow" />
        <button type="button" className="primary" aria-haspopup="dialog" onClick={onBuild}>
          Build a model
        </button>
        {!data.packaged && !old && (
          <button type="button" aria-haspopup="dialog" onClick={onEdit}>
            Change
          </button>
        )}
        {!data.packaged && (
          <MenuButton
            label={`Actions of ${data.name}`}
            className="quiet"
            items={() => [{ label: `Forget ${data.name}…`, danger: true, act: onDelete }]}
          >
            <span className="visually-hidden">Actions of {data.name}</span>
            <span aria-hidden="true">⋯</span>
          </MenuButton>
        )}
      </div>
      <p className="ds-facts">
        <span>{formatInteger(data.rows)} rows</span>
        <span>{kindWords(countKinds(data.columns))}</span>
        <span>{formatBytes(data.size_bytes)}</span>
        {!data.packaged && (
          <span>
            <Age at={data.updated} ago />
          </span>
        )}
        <span className="mono ds-path-words" title={data.path}>
          {data.path}
        </span>
        <span className="mono">
          {ref} <CopyButton text={ref} what="the name of this version" />
        </span>
      </p>
      {data.note !== "" && <p>{data.note}</p>}
    </header>
  );
}

interface OverviewProps {
  readonly data: Dataset;
  readonly profile: Read<Profile>;
  readonly onSplit?: (split: Partial<Split>) => void;
}

function Overview({ data, profile, onSplit }: OverviewProps) {
  const found = profile.answer;
  return (
    <div className="ds-overview" aria-busy={profile.loading}>
      <div className="ds-beside">
        <section aria-label="Split">
          <h2>Split</h2>
          {!data.notes.some((note) => note.endsWith("for testing.")) && <p className="muted">{splitWords(data)}</p>}
          {data.notes.map((note) => (
            <p key={note} className="muted ds-told">
              {note}
            </p>
          ))}
          <PartSizes parts={data.parts} />
          {found?.balance && <ClassBalance balance={found.balance} parts={found.parts} />}
        </section>
        <section aria-label="Findings">
          <h2>What to beware of</h2>
          {profile.problem !== null && <Trouble cause={profile.problem} onRetry={profile.again} small />}
          <Findings findings={data.findings} {...(onSplit && { onSplit })} />
          <h2>Use it</h2>
          <CodeBlock code={pythonLines(`${data.name}@${data.version}`, data)} what="the Python lines" />
        </section>
      </div>
      <section aria-label="Columns">
        <h2>Columns</h2>
        <ColumnFacts data={data} columns={found?.columns ?? data.columns} />
      </section>
    </div>
  );
}

function splitWords({ split, parts }: Dataset): string {
  const way = {
    given: "In the parts that the data come in",
    random: "At random",
    stratified: `Each class of ${split.column} in the same share`,
    grouped: `Rows of one ${split.column} stay together`,
    time: `By ${split.column}: later rows are for testing`,
  }[split.way];
  const seed = split.way === "time" || split.way === "given" ? "" : `, seed ${split.seed}`;
  return `${way}${seed}; ${Object.keys(parts).length} parts.`;
}
