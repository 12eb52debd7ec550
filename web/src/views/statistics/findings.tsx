/** What was found, in front: each opens to its evidence, and leads to its node and step. */

import { useState } from "react";
import type { Alert, Check, Finding } from "../../api/health.ts";
import { Age } from "../../components/ages.tsx";
import { formatInteger, formatNumber, plural } from "../../lib/format.ts";
import { CHECK_WORDS, LEVEL_SIGNS, nameOf } from "../../lib/health.ts";
import { ofEvidence } from "../../lib/stepline.ts";
import { StepLine } from "./line.tsx";

interface Props {
  readonly findings: readonly Finding[];
  /** Found now, and not yet at the step that is looked at. */
  readonly later?: readonly Finding[];
  readonly checks: readonly Check[];
  readonly step: number;
  /** As the run was then; `null` is now. */
  readonly at: number | null;
  /** What nodes are called where no graph names them. */
  readonly labels?: ReadonlyMap<string, string> | null;
  readonly onGo: (node: string | null, step: number) => void;
  readonly onStep: (step: number) => void;
}

export function Findings({ findings, later = [], checks, step, at, labels, onGo, onStep }: Props) {
  const [open, setOpen] = useState<string | null>(null);
  return (
    <section className="findings" aria-label="What the checks found">
      <h2>
        Checks
        <span className="muted" role="status">
          {at === null ? "" : `at step ${formatInteger(at)}: `}
          {findings.length === 0 ? "nothing found" : plural(findings.length, "finding")}
        </span>
      </h2>
      <ul>
        {[...findings, ...later].map((one) => {
          const id = nameOf(one);
          return (
            <OneFinding
              key={id}
              finding={one}
              label={labels?.get(one.node) ?? one.node}
              later={later.includes(one)}
              open={open === id}
              step={step}
              onOpen={() => setOpen(open === id ? null : id)}
              onGo={onGo}
              onStep={onStep}
            />
          );
        })}
      </ul>
      {checks.length > 0 && <Made checks={checks} found={findings} />}
    </section>
  );
}

interface OneProps {
  readonly finding: Finding;
  readonly label: string;
  readonly later: boolean;
  readonly open: boolean;
  readonly step: number;
  readonly onOpen: () => void;
  readonly onGo: Props["onGo"];
  readonly onStep: Props["onStep"];
}

function OneFinding({ finding, label, later, open, step, onOpen, onGo, onStep }: OneProps) {
  const { level, code, title, remedy, node, from_step, at_step, others, source, bound, evidence, metric, value } =
    finding;
  return (
    <li className={later ? `finding ${level} later` : `finding ${level}`}>
      <div className="finding-head">
        <span className="finding-sign" aria-hidden="true">
          {LEVEL_SIGNS[level]}
        </span>
        <button type="button" className="finding-title" aria-expanded={open} onClick={onOpen}>
          <span className="visually-hidden">{level}: </span>
          {title}
          {others.length > 0 && <span className="muted"> and so of {plural(others.length, "more", "more")}</span>}
        </button>
        <span className="finding-code muted">
          {CHECK_WORDS[code]}
          {later && ", found later"}
        </span>
        <button type="button" className="small" onClick={() => onGo(node === "" ? null : node, from_step)}>
          {node === "" ? "Step" : `${label}, step`} {formatInteger(from_step)}
        </button>
      </div>
      {open && (
        <div className="finding-body">
          <p>{remedy}</p>
          <div className="finding-charts">
            {byAxis(evidence).map((lines) => (
              <figure key={lines.map((line) => line.name).join(" ")}>
                <figcaption className="mono">{lines.map((line) => line.name).join(", ")}</figcaption>
                <StepLine
                  label={lines.map((line) => line.name).join(", ")}
                  lines={lines}
                  step={step}
                  bound={evidence.length === 1 && metric.startsWith("share") ? bound : null}
                  fromZero={metric.startsWith("share")}
                  span={[from_step, at_step]}
                  onStep={onStep}
                />
              </figure>
            ))}
          </div>
          <dl className="finding-facts">
            <div>
              <dt>{metric}</dt>
              <dd>
                {typeof value === "number" ? formatNumber(value, 3) : value}{" "}
                <span className="muted">against {formatNumber(bound, 3)}</span>
              </dd>
            </div>
            <div>
              <dt>Why this bound</dt>
              <dd>{source}</dd>
            </div>
            {others.length > 0 && (
              <div>
                <dt>Also</dt>
                <dd className="mono">{others.join(", ")}</dd>
              </div>
            )}
          </dl>
        </div>
      )}
    </li>
  );
}

/** Losses share a frame; all else stands alone, for its sizes differ. */
function byAxis(evidence: Finding["evidence"]) {
  const lines = evidence.map(({ key, step, value }) => ofEvidence(key, step, value));
  return lines.every((line) => line.name.endsWith("loss")) && lines.length > 0 ? [lines] : lines.map((line) => [line]);
}

/** Which checks could be made, and what the others need. */
function Made({ checks, found }: { checks: readonly Check[]; found: readonly Finding[] }) {
  const made = checks.filter((one) => one.made);
  const not = checks.filter((one) => !one.made);
  const well = made.filter((one) => !found.some(({ code }) => code === one.code));
  return (
    <div className="checks-made muted">
      {well.length > 0 && <span>Looked at and well: {well.map((one) => CHECK_WORDS[one.code]).join(", ")}. </span>}
      {not.length > 0 && (
        <details>
          <summary>{plural(not.length, "check")} could not be made</summary>
          <ul>
            {not.map((one) => (
              <li key={one.code}>
                <b>{CHECK_WORDS[one.code]}</b> needs {one.needs}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

/** What the run itself told. */
export function Alerts({ alerts, onGo }: { alerts: readonly Alert[]; onGo: (step: number) => void }) {
  if (alerts.length === 0) return null;
  return (
    <section className="findings alerts" aria-label="Alerts of the run">
      <h2>
        Alerts <span className="muted">{formatInteger(alerts.length)}</span>
      </h2>
      <ul>
        {[...alerts].reverse().map((one) => (
          <li key={`${one.time} ${one.title}`} className={`finding ${one.level}`}>
            <div className="finding-head">
              <span className="finding-sign" aria-hidden="true">
                {LEVEL_SIGNS[one.level]}
              </span>
              <span className="finding-title">
                <span className="visually-hidden">{one.level}: </span>
                {one.title}
                {one.text !== "" && <span className="alert-text muted">{one.text}</span>}
              </span>
              <span className="finding-code muted">
                <Age at={one.time} ago />
              </span>
              <button type="button" className="small" onClick={() => onGo(one.step)}>
                Step {formatInteger(one.step)}
              </button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
