/** What data hold and what becomes of them, to be looked at and said otherwise: columns, split, transforms, findings. */

import { useId, useState } from "react";
import { ClassBalance, PartSizes } from "../components/data/balance.tsx";
import { Findings } from "../components/data/findings.tsx";
import { Trouble } from "../components/trouble.tsx";
import {
  type Profile,
  readShares,
  type Split,
  saidOf,
  showShares,
  splitColumns,
  WAYS,
  type Way,
  withWay,
} from "../lib/dataset.ts";
import type { Draft } from "../state/draft.ts";
import { useStore } from "../state/store.ts";
import { ColumnTable } from "./datacolumns.tsx";

interface Props {
  readonly draft: Draft;
  readonly profile: Profile;
  readonly busy: boolean;
  readonly problem: unknown;
}

export function DataForm({ draft, profile: seen, busy, problem }: Props) {
  const { changes } = useStore(draft.state);
  const profile = saidOf(seen, changes);
  const { inputs, target } = profile;
  return (
    <div className="ds-form" aria-busy={busy}>
      {problem !== null && <Trouble cause={problem} small />}
      <section aria-label="Columns">
        <h3>Columns</h3>
        <ColumnTable draft={draft} profile={profile} />
      </section>
      <div className="ds-beside">
        <section aria-label="Split">
          <h3>Split</h3>
          <SplitFields profile={profile} onChange={(split) => draft.say({ split })} />
          <PartSizes parts={profile.parts} />
          {profile.balance !== null && Object.keys(profile.balance).length > 0 ? (
            <ClassBalance balance={profile.balance} parts={profile.parts} />
          ) : (
            target.length === 0 && (
              <p className="muted">Say which column is the target, and how its classes are spread shows here.</p>
            )
          )}
        </section>
        <section aria-label="Findings">
          <h3>What to beware of</h3>
          <Findings
            findings={profile.findings}
            onSplit={(split) => draft.say({ split: { ...profile.split, ...split } })}
          />
          <p className="muted">
            {target.length === 0
              ? "No target: there is nothing to predict yet."
              : `${inputs.length === 1 ? "One column predicts" : `${inputs.length} columns predict`} ${target.join(", ")}.`}
          </p>
        </section>
      </div>
    </div>
  );
}

const WAY_WORDS: Readonly<Record<Way, readonly [word: string, doc: string]>> = {
  given: ["as given", "The parts that the data come in; a share of train becomes validation where there is none."],
  random: ["at random", "Each row goes its own way."],
  stratified: ["stratified", "Every part has each class in the same share."],
  grouped: ["by group", "Rows of one group, such as a patient, stay in one part."],
  time: ["by time", "Trains on what came first, tests on what came last."],
};

function SplitFields({ profile, onChange }: { profile: Profile; onChange: (split: Split) => void }) {
  const { split, columns, target } = profile;
  const id = useId();
  const fitting = splitColumns(split.way, columns);
  return (
    <div className="ds-split">
      <label htmlFor={`${id}-way`}>way</label>
      <select
        id={`${id}-way`}
        value={split.way}
        title={WAY_WORDS[split.way][1]}
        onChange={(event) => onChange(withWay(split, event.target.value as Way, columns, target))}
      >
        {WAYS.map((way) => (
          <option
            key={way}
            value={way}
            disabled={
              way !== split.way && way !== "given" && way !== "random" && splitColumns(way, columns).length === 0
            }
          >
            {WAY_WORDS[way][0]}
          </option>
        ))}
      </select>
      {fitting.length > 0 && (
        <>
          <label htmlFor={`${id}-column`}>of</label>
          <select
            id={`${id}-column`}
            value={split.column}
            onChange={(event) => onChange({ ...split, column: event.target.value })}
          >
            {fitting.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </>
      )}
      <span className="ds-pair">
        <label htmlFor={`${id}-shares`}>shares</label>
        <Shares key={JSON.stringify(split.shares)} id={`${id}-shares`} split={split} onChange={onChange} />
      </span>
      {split.way !== "time" && split.way !== "given" && (
        <span className="ds-pair">
          <label htmlFor={`${id}-seed`}>seed</label>
          <input
            id={`${id}-seed`}
            type="text"
            inputMode="numeric"
            className="ds-seed"
            value={String(split.seed)}
            onChange={(event) => {
              const seed = Number(event.target.value.replace(/\D/g, ""));
              if (Number.isSafeInteger(seed)) onChange({ ...split, seed });
            }}
          />
        </span>
      )}
      <p className="muted ds-way">{WAY_WORDS[split.way][1]}</p>
    </div>
  );
}

function Shares({ id, split, onChange }: { id: string; split: Split; onChange: (split: Split) => void }) {
  const [text, setText] = useState(showShares(split.shares));
  const read = readShares(text);
  const wrong = read === null || read.length < 2;
  const keep = (): void => {
    if (!wrong && read !== null && JSON.stringify(read) !== JSON.stringify(split.shares))
      onChange({ ...split, shares: read });
  };
  return (
    <span className="ds-shares">
      <input
        id={id}
        type="text"
        aria-invalid={wrong}
        aria-describedby={wrong ? `${id}-wrong` : undefined}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={keep}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          keep();
        }}
      />
      {wrong && (
        <span id={`${id}-wrong`} className="bad" role="alert">
          two or three numbers that make 100, such as 70 / 15 / 15
        </span>
      )}
    </span>
  );
}
