/** What can be done with the selected runs: compare, tag, archive, delete, take it back. */

import { useState } from "react";
import { queryRuns } from "../api/client.ts";
import { PickButton } from "../components/pickbutton.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger, plural } from "../lib/format.ts";
import type { TableState } from "../lib/tablestate.ts";
import { runsPath } from "../lib/url.ts";
import { type Bulk, countOf, type Target } from "../state/bulk.ts";
import { useCommands } from "../state/commands.ts";
import type { ProjectKeys } from "../state/keys.ts";
import { navigate } from "../state/router.ts";
import type { RunTable } from "../state/runs.ts";
import { useStore } from "../state/store.ts";
import { useTags } from "./bar.tsx";
import type { Choice } from "./choice.ts";
import { DeleteDialog } from "./deleteruns.tsx";
import { runOrder } from "./tablesetup.ts";

interface Props {
  readonly project: string;
  readonly table: RunTable;
  readonly bulk: Bulk;
  readonly state: TableState;
  readonly choice: Choice;
  readonly keys: ProjectKeys;
}

const MOST_COMPARED = 20;
/** Names that the dialog shows before it counts. */
const NAMED = 8;

export function BulkBar({ project, table, bulk, state, choice, keys }: Props) {
  const status = useStore(table.status);
  const { busy, done, undo, problem } = useStore(bulk.state);
  const [deleting, setDeleting] = useState<readonly string[] | null>(null);
  const active = choice.made && choice.count > 0;
  const tags = useTags(keys, active, done);
  const target: Target = choice.all
    ? { project, where: state.where, archived: state.archived, count: status.matched }
    : { ids: choice.ids };
  const words = plural(countOf(target), "run");
  const picks = tags.map((tag) => ({ value: tag, text: tag }));
  const namesThen = (): void => {
    const which =
      "ids" in target ? { ids: target.ids, archived: true } : { where: target.where, archived: target.archived };
    queryRuns({ project, ...which, order: runOrder(state.order), limit: NAMED }).then(
      (answer) => setDeleting(answer.runs.map((run) => run.name)),
      () => setDeleting([]),
    );
  };
  const busyNow = busy !== null;
  const compare = (): void => navigate(`${runsPath(project)}/compare?runs=${choice.ids.join()}`);
  const comparable = !choice.all && choice.count >= 2 && choice.count <= MOST_COMPARED;
  const archive = (): void => void bulk.change(target, { archived: true }, `Archiving ${words}`, "Archived");
  const section = "Selected runs";
  useCommands(() => [
    ...(active && !busyNow
      ? [
          { id: "bulk.archive", title: `Archive ${words}`, section, words: "hide", act: archive },
          { id: "bulk.delete", title: `Delete ${words}…`, section, words: "remove", act: namesThen },
          { id: "bulk.clear", title: "Clear the selection", section, act: () => choice.set([]) },
          { id: "bulk.invert", title: "Invert the selection", section, act: choice.invert },
        ]
      : []),
    ...(active && comparable ? [{ id: "bulk.compare", title: `Compare ${words}`, section, act: compare }] : []),
    ...(undo.length > 0 && !busyNow
      ? [{ id: "bulk.undo", title: "Undo the last change of runs", section, act: () => void bulk.undo() }]
      : []),
  ]);
  return (
    <>
      {(busyNow || done !== null || problem !== null) && (
        <div className="bulk-said">
          <span role="status">{busy ?? done}</span>
          {problem !== null && <Trouble cause={problem} />}
          <span className="grow" />
          {undo.length > 0 && !busyNow && (
            <button type="button" className="small" onClick={() => void bulk.undo()}>
              Undo
            </button>
          )}
          {!busyNow && (
            <button type="button" className="quiet" aria-label="Dismiss" onClick={() => bulk.dismiss()}>
              ✕
            </button>
          )}
        </div>
      )}
      {active && (
        <div className="bulk-bar" role="toolbar" aria-label="Selected runs">
          <b>
            {choice.all ? `All ${formatInteger(choice.count)} matching` : `${formatInteger(choice.count)} selected`}
          </b>
          <button
            type="button"
            className="primary small"
            disabled={!comparable}
            title={`Compares 2 to ${MOST_COMPARED} runs`}
            onClick={compare}
          >
            Compare {words}
          </button>
          <PickButton
            label="Tag to add"
            placeholder="Tag"
            className="small"
            disabled={busyNow}
            choices={picks}
            fresh="new tag"
            onPick={(tag) => void bulk.change(target, { tags_add: [tag] }, `Tagging ${words}`, `Tagged ${tag}`)}
          >
            Tag
          </PickButton>
          <PickButton
            label="Tag to remove"
            placeholder="Tag"
            className="small"
            disabled={busyNow || tags.length === 0}
            choices={picks}
            onPick={(tag) =>
              void bulk.change(target, { tags_remove: [tag] }, `Untagging ${words}`, `Removed the tag ${tag}`)
            }
          >
            Untag
          </PickButton>
          <button type="button" className="small" disabled={busyNow} onClick={archive}>
            Archive
          </button>
          {state.archived && (
            <button
              type="button"
              className="small"
              disabled={busyNow}
              onClick={() => void bulk.change(target, { archived: false }, `Unarchiving ${words}`, "Unarchived")}
            >
              Unarchive
            </button>
          )}
          <button type="button" className="small danger" disabled={busyNow} onClick={namesThen}>
            Delete…
          </button>
          <span className="grow" />
          <button type="button" className="text" onClick={choice.invert}>
            Invert
          </button>
          {!choice.all && status.matched > choice.count && (
            <button type="button" className="text" onClick={choice.everything}>
              Select all {formatInteger(status.matched)}
            </button>
          )}
        </div>
      )}
      {deleting !== null && (
        <DeleteDialog
          count={countOf(target)}
          names={deleting}
          onDelete={() => void bulk.remove(target).then(() => choice.set([]))}
          onClose={() => setDeleting(null)}
        />
      )}
    </>
  );
}
