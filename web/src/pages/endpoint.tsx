/** One endpoint: how it does, what answers, whether its requests look like its training data, how it is called. */

import "../styles/models.css";
import "../styles/endpoints.css";
import { type ReactNode, useEffect, useState } from "react";
import { deleteEndpoint, type EndpointRow, predictUrl, readEndpointLog, turnEndpoint } from "../api/endpoints.ts";
import { Age } from "../components/ages.tsx";
import { CodeBlock, CopyButton } from "../components/copy.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Link } from "../components/link.tsx";
import { MenuButton } from "../components/menubutton.tsx";
import { Tabs, tabId } from "../components/tabs.tsx";
import { Trouble } from "../components/trouble.tsx";
import { answering, milliseconds, minute } from "../lib/endpoints.ts";
import { formatBytes, formatInteger, formatNumber, plural } from "../lib/format.ts";
import { ENDPOINTS_PATH, MODELS_PATH, modelPath } from "../lib/url.ts";
import { Endpoints } from "../state/endpoints.ts";
import { useRead } from "../state/read.ts";
import { navigate, setSearch, usePlace } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { EndpointDriftPane } from "./endpointdrift.tsx";
import { EndpointMark } from "./endpointmark.tsx";
import { EndpointSplit } from "./endpointsplit.tsx";
import { DigitsPage, EndpointCalls, EndpointTry } from "./endpointtry.tsx";
import { useOwned } from "./owned.ts";

const TABS = [
  { name: "try", label: "Try it" },
  { name: "versions", label: "What answers" },
  { name: "drift", label: "Drift" },
  { name: "call", label: "Call it" },
  { name: "log", label: "Log" },
] as const;

export function EndpointPage({ name }: { name: string }) {
  return name === "mlp" ? <DigitsPage /> : <KeptEndpoint name={name} />;
}

function KeptEndpoint({ name }: { name: string }) {
  const endpoints = useOwned(() => new Endpoints());
  const { rows, problem } = useStore(endpoints.list);
  const { search } = usePlace();
  const [refused, setRefused] = useState<unknown>(null);
  const [deleting, setDeleting] = useState(false);
  const [stopping, setStopping] = useState(false);
  useEffect(() => {
    document.title = `${name} · Endpoints · gnomon`;
  }, [name]);
  const row = rows?.find((one) => one.name === name);
  if (row === undefined)
    return rows === null && problem === null ? (
      <div className="model-page" aria-busy="true">
        <div className="skeleton line" />
      </div>
    ) : (
      <div className="teach">
        <h1>{name}</h1>
        {problem !== null ? (
          <Trouble cause={problem} onRetry={() => endpoints.again()} />
        ) : (
          <p>There is no endpoint of that name.</p>
        )}
        <p>
          <Link to={ENDPOINTS_PATH}>All endpoints</Link>
        </p>
      </div>
    );
  const heard = (work: Promise<EndpointRow>): void => {
    work.then(
      (now) => {
        setRefused(null);
        endpoints.hear(name, now);
      },
      (cause: unknown) => setRefused(cause),
    );
  };
  const tab = TABS.find((one) => one.name === search.get("tab"))?.name ?? "versions";
  const isOn = row.state !== "stopped" && row.state !== "failed";
  return (
    <div className="model-page endpoint">
      <header className="md-head">
        <p className="md-up">
          <Link to={MODELS_PATH}>Models</Link> <span className="muted">/</span>{" "}
          <Link to={ENDPOINTS_PATH}>Endpoints</Link>
        </p>
        <div className="md-title">
          <h1>{name}</h1>
          <EndpointMark state={row.state} word />
          <span className="muted">
            since <Age at={row.since} ago />
          </span>
          <span className="grow" />
          {isOn ? (
            <button type="button" aria-haspopup="dialog" onClick={() => setStopping(true)}>
              Stop
            </button>
          ) : (
            <button type="button" className="primary" onClick={() => heard(turnEndpoint(name, true))}>
              Start
            </button>
          )}
          <MenuButton
            label={`Actions of ${name}`}
            className="quiet"
            items={() => [{ label: `Delete ${name}…`, danger: true, act: () => setDeleting(true) }]}
          >
            <span className="visually-hidden">Actions of {name}</span>
            <span aria-hidden="true">⋯</span>
          </MenuButton>
        </div>
        <Answering row={row} />
        <p className="ep-url">
          <code>{predictUrl(name)}</code> <CopyButton text={predictUrl(name)} what="the address" />
        </p>
      </header>
      {row.trouble !== "" && (
        <p className="ep-trouble" role="alert">
          {row.trouble}
        </p>
      )}
      {refused !== null && <Trouble cause={refused} small />}
      <Figures row={row} />
      <Tabs
        label={`Parts of ${name}`}
        tabs={TABS}
        chosen={tab}
        onChoose={(next) => setSearch({ tab: next === "versions" ? null : next })}
        controls="endpoint-part"
      />
      <div id="endpoint-part" role="tabpanel" aria-labelledby={tabId("endpoint-part", tab)}>
        {tab === "try" && <EndpointTry row={row} />}
        {tab === "versions" && <EndpointSplit row={row} onChange={heard} />}
        {tab === "drift" && <EndpointDriftPane row={row} />}
        {tab === "call" && <EndpointCalls row={row} />}
        {tab === "log" && <Log row={row} />}
      </div>
      {stopping && (
        <Ask
          title={`Stop ${name}?`}
          verb="Stop"
          onClose={() => setStopping(false)}
          onDo={async () => {
            endpoints.hear(name, await turnEndpoint(name, false));
            setStopping(false);
          }}
        >
          What it was asked already is answered. From then on callers get status 503, until it is started again.
        </Ask>
      )}
      {deleting && (
        <Ask
          title={`Delete ${name}?`}
          verb="Delete"
          onClose={() => setDeleting(false)}
          onDo={async () => {
            await deleteEndpoint(name);
            navigate(ENDPOINTS_PATH);
          }}
        >
          Its address answers no more. The model stays, and so do the runs with its requests. This cannot be undone.
        </Ask>
      )}
    </div>
  );
}

/** `digits@champion → digits@3`, and the same of a canary and a shadow. */
function Answering({ row }: { row: EndpointRow }) {
  return (
    <p className="ep-answering">
      {answering(row).map(({ role, ref, version, words }) => {
        const [name = "", number = ""] = (version || ref).split("@");
        return (
          <span key={role}>
            {role !== "model" && <span className="muted">{role} </span>}
            {version !== "" && version !== ref && (
              <>
                <span className="mono">{ref}</span> <span aria-hidden="true">→</span>
                <span className="visually-hidden">is</span>{" "}
              </>
            )}
            <Link to={modelPath(name, version === "" ? {} : { version: number })} className="mono ep-link">
              {version || ref}
            </Link>
            {words !== "" && <span className="muted"> {words}</span>}
          </span>
        );
      })}
    </p>
  );
}

function Figures({ row }: { row: EndpointRow }) {
  const model = row.versions.find(({ role }) => role === "model");
  const bad = row.refused + row.failed;
  return (
    <dl className="ep-figures">
      <div className="ep-wide">
        <dt>last minute</dt>
        <dd>
          <svg
            className="ep-minute"
            viewBox="0 0 240 28"
            width="240"
            height="28"
            role="img"
            aria-label="Requests by second"
          >
            <path d={minute(row.recent, 240, 28)} />
          </svg>
        </dd>
      </div>
      <Figure name="requests a second">{formatNumber(row.rate, 3)}</Figure>
      <Figure name="p50">{model?.p50_ms == null ? "–" : `${milliseconds(model.p50_ms)} ms`}</Figure>
      <Figure name="p95">{model?.p95_ms == null ? "–" : `${milliseconds(model.p95_ms)} ms`}</Figure>
      <Figure name="requests">{formatInteger(row.requests)}</Figure>
      <Figure name="errors" bad={bad > 0}>
        {formatInteger(bad)}
      </Figure>
      <Figure name="memory">{row.pid === null ? "–" : formatBytes(row.memory_bytes)}</Figure>
      {row.restarts > 0 && (
        <Figure name="its process died" bad>
          {plural(row.restarts, "time")}
        </Figure>
      )}
    </dl>
  );
}

function Figure({ name, bad = false, children }: { name: string; bad?: boolean; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={bad ? "bad" : ""}>{children}</dd>
    </div>
  );
}

function Log({ row }: { row: EndpointRow }) {
  const { answer, problem, again } = useRead(`${row.name} log ${row.since} ${row.rev}`, () =>
    readEndpointLog(row.name),
  );
  if (problem !== null) return <Trouble cause={problem} small onRetry={again} />;
  if (answer === null) return <div className="skeleton line" />;
  if (answer.text === "") return <p className="muted">Its process has printed nothing yet.</p>;
  return (
    <>
      <p className="muted ep-log-head">
        What its processes printed, the last of {formatBytes(answer.size)}.{" "}
        <button type="button" className="link" onClick={again}>
          Read again
        </button>
      </p>
      <CodeBlock code={answer.text.trimEnd()} what="the log" />
    </>
  );
}

interface AskProps {
  readonly title: string;
  readonly verb: string;
  readonly onDo: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

function Ask({ title, verb, onDo, onClose, children }: AskProps) {
  const [refused, setRefused] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  return (
    <Dialog title={title} className="md-dialog" onClose={onClose}>
      <p>{children}</p>
      {refused !== null && <Trouble cause={refused} small />}
      <div className="dialog-foot">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          className="primary danger"
          disabled={busy}
          onClick={() => {
            setBusy(true);
            onDo().catch((cause: unknown) => {
              setBusy(false);
              setRefused(cause);
            });
          }}
        >
          {verb}
        </button>
      </div>
    </Dialog>
  );
}
