/** The queue: what runs, what waits and in which order, what is over; moved, paused, stopped here. */

import "../styles/jobs.css";
import { type DragEvent, useEffect, useState } from "react";
import type { JobRow, JobSlot } from "../api/jobs.ts";
import { Age } from "../components/ages.tsx";
import { Dialog } from "../components/dialog.tsx";
import { JobActions } from "../components/jobactions.tsx";
import { JobBar } from "../components/jobbar.tsx";
import { JobMark } from "../components/jobmark.tsx";
import { later } from "../components/later.tsx";
import { Link } from "../components/link.tsx";
import type { MenuItem } from "../components/menu.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger, plural } from "../lib/format.ts";
import { isActive, isOver, type JobAction, moveTo, shortCommand, verb } from "../lib/jobs.ts";
import { jobPath, runPath } from "../lib/url.ts";
import { useCommands } from "../state/commands.ts";
import { Jobs } from "../state/jobs.ts";
import { navigate, setSearch, usePlace } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { useOwned } from "./owned.ts";
import { Sweeps } from "./sweeps.tsx";
import { TeachJobs } from "./teachjobs.tsx";

const ScriptDialog = later(async () => (await import("../components/scriptdialog.tsx")).ScriptDialog);

/** With more jobs than this, one is looked for by its name. */
const MANY = 8;

export function JobsPage() {
  const jobs = useOwned(() => new Jobs());
  const { rows, slots, problem } = useStore(jobs.list);
  const refused = useStore(jobs.refused);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [deleting, setDeleting] = useState<readonly JobRow[]>([]);
  const [asking, setAsking] = useState(false);
  const wanted = usePlace().search.get("q") ?? "";
  useEffect(() => {
    document.title = "Jobs · gnomon";
  }, []);
  const all = rows ?? [];
  const shown = all.filter((row) => fits(row, wanted));
  const picked = shown.filter((row) => chosen.has(row.id));
  const act = (several: readonly JobRow[], action: JobAction): void =>
    action === "delete" ? setDeleting(several) : jobs.act(several, action);
  useCommands(() =>
    BULK.filter((action) => picked.some((row) => row.can.includes(action))).map((action) => ({
      id: `jobs:${action}`,
      title: `${WORDS[action]} the chosen jobs`,
      section: "Jobs",
      act: () => act(picked, action),
    })),
  );
  if (rows === null && problem !== null) return <Trouble cause={problem} />;
  const queue = all.filter((row) => row.state === "queued");
  const parts = [
    { title: "Running", rows: shown.filter(isActive) },
    { title: "Waiting", rows: shown.filter((row) => row.state === "queued") },
    { title: "Over", rows: shown.filter(isOver) },
  ].filter((part) => part.rows.length > 0);
  const choose = (ids: readonly string[], on: boolean): void =>
    setChosen((before) => new Set(on ? [...before, ...ids] : [...before].filter((id) => !ids.includes(id))));
  return (
    <div className="projects jobs" aria-busy={rows === null}>
      <div className="dashboards-head">
        <h1>Jobs</h1>
        {rows !== null && <Slots slots={slots} rows={all} />}
        {all.length > MANY && (
          <input
            type="search"
            aria-label="Filter jobs"
            placeholder={`Filter ${formatInteger(all.length)} jobs`}
            value={wanted}
            onChange={(event) => setSearch({ q: event.target.value || null })}
          />
        )}
        <button type="button" onClick={() => setAsking(true)}>
          Run a script…
        </button>
      </div>
      {asking && <ScriptDialog onClose={() => setAsking(false)} />}
      {refused !== null && <Trouble cause={refused} small />}
      <Sweeps />
      {rows !== null && all.length === 0 && <TeachJobs />}
      {all.length > 0 && shown.length === 0 && (
        <p className="muted jobs-none">
          No job is called “{wanted}”.{" "}
          <button type="button" className="link" onClick={() => setSearch({ q: null })}>
            Show all {formatInteger(all.length)}
          </button>
        </p>
      )}
      {parts.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col" className="jobs-check">
                <input
                  type="checkbox"
                  aria-label="Choose all jobs"
                  checked={picked.length === shown.length}
                  ref={(box) => {
                    if (box) box.indeterminate = picked.length > 0 && picked.length < shown.length;
                  }}
                  onChange={(event) =>
                    choose(
                      shown.map((row) => row.id),
                      event.target.checked,
                    )
                  }
                />
              </th>
              <th scope="col">Job</th>
              <th scope="col">progress</th>
              <th scope="col">device</th>
              <th scope="col" className="number">
                asked for
              </th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          {parts.map((part) => (
            <tbody key={part.title}>
              <tr className="jobs-part">
                <th colSpan={6} scope="rowgroup">
                  {part.title} <span className="muted">{formatInteger(part.rows.length)}</span>
                </th>
              </tr>
              {part.rows.map((row) => (
                <Row
                  key={row.id}
                  row={row}
                  queue={queue}
                  isChosen={chosen.has(row.id)}
                  onChoose={(on) => choose([row.id], on)}
                  onAct={(action) => act([row], action)}
                  onMove={(id, to) => {
                    const patch = moveTo(queue, id, to);
                    if (patch) jobs.change(id, patch);
                  }}
                />
              ))}
            </tbody>
          ))}
        </table>
      )}
      {picked.length > 0 && (
        <div className="jobs-bulk" role="toolbar" aria-label="The chosen jobs">
          <span>{plural(picked.length, "job")} chosen</span>
          {BULK.map((action) => {
            const able = picked.filter((row) => row.can.includes(action));
            return able.length === 0 ? null : (
              <button key={action} type="button" className="small" onClick={() => act(able, action)}>
                {WORDS[action]} {formatInteger(able.length)}
              </button>
            );
          })}
          <button type="button" className="quiet" aria-label="Choose none" onClick={() => setChosen(new Set())}>
            ✕
          </button>
        </div>
      )}
      {deleting.length > 0 && (
        <DeleteJobs
          rows={deleting}
          onClose={() => setDeleting([])}
          onDelete={() => {
            jobs.act(deleting, "delete");
            choose(
              deleting.map((row) => row.id),
              false,
            );
            setDeleting([]);
          }}
        />
      )}
    </div>
  );
}

const BULK: readonly JobAction[] = ["pause", "resume", "park", "stop", "delete"];
const WORDS: Readonly<Record<JobAction, string>> = {
  pause: "Pause",
  resume: "Resume",
  park: "Park",
  stop: "Stop",
  delete: "Delete",
  checkpoint: "Save",
  set: "Set",
};

/** Every word of the filter occurs in the name, the project, the state or the command. */
function fits(row: JobRow, wanted: string): boolean {
  const text = `${row.name} ${row.project} ${row.state} ${row.kind} ${row.command}`.toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** What the machine takes at a time, and has. */
function Slots({ slots, rows }: { slots: readonly JobSlot[]; rows: readonly JobRow[] }) {
  return (
    <p className="jobs-slots muted">
      {slots.map(({ device, slots: most }) => {
        const used = rows.filter((row) => isActive(row) && row.on === device).length;
        return (
          <span key={device} title={`${device} takes ${plural(most, "job")} at a time; gnomon up --slots changes that`}>
            {device} <b className="number">{used}</b> of {most}
          </span>
        );
      })}
    </p>
  );
}

interface RowProps {
  readonly row: JobRow;
  /** What waits, in its order. */
  readonly queue: readonly JobRow[];
  readonly isChosen: boolean;
  readonly onChoose: (on: boolean) => void;
  readonly onAct: (action: JobAction) => void;
  readonly onMove: (id: string, to: number) => void;
}

const DRAGGED = "application/x-gnomon-job";

function Row({ row, queue, isChosen, onChoose, onAct, onMove }: RowProps) {
  const [over, setOver] = useState(false);
  const at = queue.findIndex((each) => each.id === row.id);
  const waits = at >= 0;
  const run = row.runs.at(-1);
  const takes = (event: DragEvent): boolean => waits && event.dataTransfer.types.includes(DRAGGED);
  const more: MenuItem[] = [
    { label: "Open", act: () => navigate(jobPath(row.id)) },
    ...(run ? [{ label: "Open its run", act: () => navigate(runPath(row.project, run)) }] : []),
    ...(waits
      ? [
          { label: "To the top of the queue", disabled: at === 0, act: () => onMove(row.id, 0) },
          { label: "One place up", disabled: at === 0, act: () => onMove(row.id, at - 1) },
          { label: "One place down", disabled: at === queue.length - 1, act: () => onMove(row.id, at + 1) },
        ]
      : []),
  ];
  return (
    <tr
      className={over ? "drop" : undefined}
      draggable={waits && queue.length > 1}
      onDragStart={(event) => event.dataTransfer.setData(DRAGGED, row.id)}
      onDragOver={(event) => {
        if (!takes(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false);
        if (takes(event)) onMove(event.dataTransfer.getData(DRAGGED), at);
      }}
    >
      <td className="jobs-check">
        <input
          type="checkbox"
          aria-label={`Choose ${row.name}`}
          checked={isChosen}
          onChange={(event) => onChoose(event.target.checked)}
        />
      </td>
      <th scope="row">
        <span className="jobs-name">
          <JobMark state={row.state} />
          <Link to={jobPath(row.id)} title={row.name}>
            {row.name}
          </Link>
          {waits && (
            <span className="jobs-place">
              <button
                type="button"
                className="quiet"
                aria-label={`Move ${row.name} up`}
                disabled={at === 0}
                onClick={() => onMove(row.id, at - 1)}
              >
                ↑
              </button>
              <button
                type="button"
                className="quiet"
                aria-label={`Move ${row.name} down`}
                disabled={at === queue.length - 1}
                onClick={() => onMove(row.id, at + 1)}
              >
                ↓
              </button>
            </span>
          )}
        </span>
        <span className="jobs-under">
          {row.project} ·{" "}
          {row.kind === "graph" ? (row.dataset ?? "graph").replace(/@.*/, "") : shortCommand(row.command)}
        </span>
      </th>
      <td className="jobs-far">
        <Far row={row} place={at} />
      </td>
      <td className="jobs-device">
        {row.on || row.device}
        {row.priority !== 0 && <span className="jobs-under">priority {row.priority}</span>}
      </td>
      <td className="number muted">
        <Age at={row.created} ago />
      </td>
      <td className="jobs-does">
        <JobActions row={row} more={more} onAct={onAct} />
      </td>
    </tr>
  );
}

/** How far it is, or how it ended. */
function Far({ row, place }: { row: JobRow; place: number }) {
  if (row.state === "queued")
    return <span className="muted">{place === 0 ? "next, when a slot is free" : `${place} before it`}</span>;
  if (row.error !== null)
    return (
      <span className="jobs-wrong" title={row.error.message}>
        <b>{row.error.type}</b> {row.error.message}
      </span>
    );
  if (row.state === "running" && row.share === null && row.step === null) return <span className="muted">running</span>;
  if (row.state === "running" || isActive(row))
    return row.step === null && row.share === null ? <span className="muted">{row.state}</span> : <JobBar row={row} />;
  return (
    <span className="muted">
      {row.state}
      {row.step === null ? "" : `, step ${formatInteger(row.step)}`}
      {row.ended === null ? null : (
        <>
          {", "}
          <Age at={row.ended} ago />
        </>
      )}
    </span>
  );
}

interface DeleteProps {
  readonly rows: readonly JobRow[];
  readonly onDelete: () => void;
  readonly onClose: () => void;
}

export function DeleteJobs({ rows, onDelete, onClose }: DeleteProps) {
  const one = rows.length === 1 ? rows[0] : undefined;
  return (
    <Dialog
      title={one ? `${verb("delete", one)} ${one.name}?` : `Delete ${plural(rows.length, "job")}?`}
      onClose={onClose}
    >
      <p>
        What {one ? "it" : "they"} printed and {one ? "its" : "their"} checkpoints go with {one ? "it" : "them"}; a
        parked job can go on no more. Runs stay. This cannot be undone.
      </p>
      <div className="dialog-foot">
        <button type="button" onClick={onClose}>
          Keep
        </button>
        <button type="button" className="danger" onClick={onDelete}>
          Delete {one ? "" : formatInteger(rows.length)}
        </button>
      </div>
    </Dialog>
  );
}
