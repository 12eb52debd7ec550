/** The columns of data as a table: what each is for, what it holds and why, what is done to it. */

import { Fragment, useId, useState } from "react";
import { SmallSpread } from "../components/data/small.tsx";
import {
  type Column,
  type ColumnKind,
  columnWords,
  type Profile,
  type Role,
  roleOf,
  transformWords,
  withRole,
  withTransform,
} from "../lib/dataset.ts";
import { formatInteger } from "../lib/format.ts";
import type { Draft } from "../state/draft.ts";
import { useStore } from "../state/store.ts";
import { TransformForm } from "./datatransform.tsx";

const MOST = 100;
const ROLES: readonly (readonly [Role, string])[] = [
  ["input", "input"],
  ["target", "target"],
  ["out", "left out"],
];

export function ColumnTable({ draft, profile }: { draft: Draft; profile: Profile }) {
  const [open, setOpen] = useState<string | null>(null);
  const [wanted, setWanted] = useState("");
  const id = useId();
  const fits = profile.columns.filter(({ name }) => name.toLowerCase().includes(wanted.trim().toLowerCase()));
  const shown = fits.slice(0, MOST);
  return (
    <>
      {profile.columns.length > 12 && (
        <input
          type="search"
          aria-label="Filter columns"
          placeholder={`Filter ${formatInteger(profile.columns.length)} columns`}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      )}
      <div className="ds-scroll">
        <table className="ds-columns">
          <thead>
            <tr>
              <th scope="col">column</th>
              <th scope="col">is</th>
              <th scope="col">kind</th>
              <th scope="col">holds</th>
              <th scope="col">spread</th>
              <th scope="col" className="number">
                missing
              </th>
              <th scope="col">what is done to it</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((column) => (
              <Fragment key={column.name}>
                <Row
                  draft={draft}
                  profile={profile}
                  column={column}
                  open={open === column.name}
                  controls={`${id}-open`}
                  onOpen={() => setOpen(open === column.name ? null : column.name)}
                />
                {open === column.name && (
                  <tr className="ds-open" id={`${id}-open`}>
                    <td colSpan={7}>
                      <TransformForm
                        draft={draft}
                        column={column}
                        transform={profile.transforms[column.name]}
                        onChange={(changes) =>
                          draft.say({ transforms: withTransform(profile.transforms, column.name, changes) })
                        }
                      />
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
      {fits.length > MOST && <p className="muted">{formatInteger(fits.length - MOST)} more: filter by name.</p>}
    </>
  );
}

interface RowProps {
  readonly draft: Draft;
  readonly profile: Profile;
  readonly column: Column;
  readonly open: boolean;
  readonly controls: string;
  readonly onOpen: () => void;
}

function Row({ draft, profile, column, open, controls, onOpen }: RowProps) {
  const { name, kind } = column;
  const { changes } = useStore(draft.state);
  const done = transformWords(profile.transforms[name]);
  const kinds = [...new Set<ColumnKind>([kind, ...column.allowed])];
  return (
    <tr className={roleOf(name, profile) === "out" ? "ds-out" : undefined}>
      <th scope="row" className="key" title={name}>
        {name}
      </th>
      <td>
        <select
          aria-label={`What ${name} is for`}
          value={roleOf(name, profile)}
          onChange={(event) => draft.say(withRole(profile, name, event.target.value as Role))}
        >
          {ROLES.map(([role, word]) => (
            <option key={role} value={role}>
              {word}
            </option>
          ))}
        </select>
      </td>
      <td>
        <select
          aria-label={`Kind of ${name}`}
          value={changes.types?.[name] ?? kind}
          disabled={kinds.length === 1}
          onChange={(event) => draft.say({ types: { ...changes.types, [name]: event.target.value as ColumnKind } })}
        >
          {kinds.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </td>
      <td className="ds-holds">
        <span title={columnWords(column)}>{columnWords(column)}</span>
        <span className="ds-why">{column.said ? "you said so" : column.why}</span>
      </td>
      <td>
        <SmallSpread column={column} />
      </td>
      <td className={column.missing > 0 ? "number now-word" : "number muted"}>{formatInteger(column.missing)}</td>
      <td className="ds-done">
        <button
          type="button"
          className="text"
          aria-expanded={open}
          aria-controls={open ? controls : undefined}
          onClick={onOpen}
        >
          <span className="visually-hidden">What is done to {name}: </span>
          {done.length > 0 ? done.join(", ") : <span className="muted">as it is</span>}
          <span aria-hidden="true"> {open ? "▾" : "▸"}</span>
        </button>
      </td>
    </tr>
  );
}
