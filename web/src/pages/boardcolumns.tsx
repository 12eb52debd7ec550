/** Chooses the columns of a leaderboard: the well-known ones that have values, and any other of the runs. */

import { useEffect, useState } from "react";
import { type BoardColumn, queryLeaderboard } from "../api/analysis.ts";
import { Dialog } from "../components/dialog.tsx";
import { useFocus } from "../components/focus.ts";
import { Trouble } from "../components/trouble.tsx";
import { configColumn, metricColumn } from "../lib/metrics.ts";
import type { Keys } from "../state/keys.ts";

interface Props {
  readonly project: string;
  readonly metric: string;
  readonly columns: readonly string[];
  readonly known: Keys | null;
  /** `null` is the usual ones. */
  readonly onChange: (columns: readonly string[] | null) => void;
  readonly onClose: () => void;
}

const GROUPS: readonly (readonly [BoardColumn["group"], string])[] = [
  ["setup", "Chosen before"],
  ["run", "How it ran"],
  ["result", "Results"],
  ["class", "Results of single classes"],
];
const FACTS = "state seed branch script python host gpu cpu cores memory error".split(" ");
/** A project may have ten thousand keys; the search narrows them down. */
const SHOWN = 120;

interface Offered {
  readonly name: string;
  readonly title: string;
  readonly group: string;
}

export function BoardColumnsDialog({ project, metric, columns, known, onChange, onClose }: Props) {
  const field = useFocus<HTMLInputElement>();
  const [search, setSearch] = useState("");
  const [found, setFound] = useState<readonly BoardColumn[] | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    queryLeaderboard({ project, metric, columns: [], limit: 0 }).then((board) => setFound(board.columns), setProblem);
  }, [project, metric]);
  const offered = offeredOf(found ?? [], known);
  const wanted = search.trim().toLowerCase();
  const fits = ({ name, title }: Offered): boolean => `${name} ${title}`.toLowerCase().includes(wanted);
  const flip = (name: string): void =>
    onChange(columns.includes(name) ? columns.filter((one) => one !== name) : [...columns, name]);
  const groups = [...new Set(offered.map((one) => one.group))];
  return (
    <Dialog title="Columns" onClose={onClose}>
      <input
        ref={field}
        type="search"
        placeholder="Find a result, a setting or a fact"
        aria-label="Find a column"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {problem !== null && <Trouble cause={problem} />}
      <div className="columns-list" aria-busy={found === null}>
        {groups.map((group) => {
          const members = offered.filter((one) => one.group === group && fits(one)).slice(0, SHOWN);
          if (members.length === 0) return null;
          return (
            <fieldset key={group}>
              <legend>{group}</legend>
              <div className="columns-grid">
                {members.map(({ name, title }) => (
                  <label key={name}>
                    <input type="checkbox" checked={columns.includes(name)} onChange={() => flip(name)} /> {title}
                  </label>
                ))}
              </div>
            </fieldset>
          );
        })}
      </div>
      <footer>
        <button type="button" className="small" onClick={() => onChange(null)}>
          The usual ones
        </button>
        <button type="button" className="primary" onClick={onClose}>
          Done
        </button>
      </footer>
    </Dialog>
  );
}

function offeredOf(found: readonly BoardColumn[], known: Keys | null): readonly Offered[] {
  const names = new Map(GROUPS);
  const wellKnown = found.map(({ name, title, group }) => ({ name, title, group: names.get(group) ?? group }));
  const taken = new Set(found.flatMap((column) => column.source));
  const config = (known?.config ?? []).map((key) => ({ name: configColumn(key), title: key, group: "Config" }));
  const metrics = (known?.metrics ?? [])
    .filter((key) => !taken.has(`metric.${key}`))
    .map((key) => ({ name: metricColumn(key, "last"), title: key, group: "Metrics" }));
  const facts = FACTS.map((name) => ({ name: `attr.${name}`, title: name, group: "The run itself" }));
  const order = [...GROUPS.map(([, title]) => title), "Config", "Metrics", "The run itself"];
  return [...wellKnown, ...config, ...metrics, ...facts].sort(
    (a, b) => order.indexOf(a.group) - order.indexOf(b.group),
  );
}
