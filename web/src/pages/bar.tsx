/** The line above the run table: how many runs, how they are grouped and sorted, and what can be done with the list. */

import { useEffect, useState } from "react";
import { exportRuns } from "../api/table.ts";
import { later } from "../components/later.tsx";
import type { MenuItem } from "../components/menu.tsx";
import { MenuButton } from "../components/menubutton.tsx";
import { PickButton } from "../components/pickbutton.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger, plural } from "../lib/format.ts";
import type { Layout } from "../lib/layout.ts";
import { configColumn, tagColumn } from "../lib/metrics.ts";
import { AGGREGATES, NEWEST_FIRST, type TableState } from "../lib/tablestate.ts";
import { useCommands } from "../state/commands.ts";
import type { Keys, ProjectKeys } from "../state/keys.ts";
import type { RunTable } from "../state/runs.ts";
import { useStore } from "../state/store.ts";
import type { Views } from "../state/views.ts";
import { asked } from "../views/table/columns.ts";
import { keyTitle } from "../views/table/group.tsx";
import { type PutTable, runOrder } from "./tablesetup.ts";
import { ViewsMenu } from "./views.tsx";

const ColumnsDialog = later(async () => (await import("../components/columns.tsx")).ColumnsDialog);

interface Props {
  readonly table: RunTable;
  readonly views: Views;
  readonly keys: ProjectKeys;
  readonly known: Keys | null;
  readonly state: TableState;
  readonly layout: Layout;
  readonly put: PutTable;
  readonly onLayout: (layout: Layout | null) => void;
}

export function RunsBar(props: Props) {
  const { table, state, layout, put, onLayout, known, keys } = props;
  const { groups, matched, total, archived } = useStore(table.status);
  const [choosing, setChoosing] = useState(false);
  const [trouble, setTrouble] = useState<unknown>(null);
  const tags = useTags(keys, choosing);
  const download = (format: (typeof FORMATS)[number]): void => {
    setTrouble(null);
    const query = { ...table.which(), order: runOrder(state.order), columns: asked(layout.columns), format };
    exportRuns(query).then((file) => save(file, `${table.project}.${format}`), setTrouble);
  };
  useBarCommands(props, () => setChoosing(true), download);
  return (
    <>
      <div className="runs-bar">
        <span className="runs-count">
          <b>{formatInteger(matched)}</b>
          {matched !== total && ` of ${formatInteger(total)}`} {total === 1 ? "run" : "runs"}
          {groups !== null && ` in ${plural(groups, "group")}`}
        </span>
        {state.order.join() !== NEWEST_FIRST.join() && (
          <button type="button" className="text" onClick={() => put({ order: NEWEST_FIRST })}>
            Newest first
          </button>
        )}
        <span className="grow" />
        <GroupButton known={known} keys={keys} state={state} put={put} />
        <button type="button" className="text" aria-haspopup="dialog" onClick={() => setChoosing(true)}>
          Columns
        </button>
        <ViewsMenu views={props.views} view={state.view} />
        <MenuButton label="Export" items={() => exportItems(matched, download)}>
          Export
        </MenuButton>
        {(archived > 0 || state.archived) && (
          <button
            type="button"
            className="toggle"
            aria-pressed={state.archived}
            title={`${plural(archived, "run")} archived`}
            onClick={() => put({ archived: !state.archived })}
          >
            Archived {formatInteger(archived)}
          </button>
        )}
      </div>
      {state.group.length > 0 && <GroupLine state={state} put={put} />}
      {trouble !== null && <Trouble cause={trouble} />}
      {choosing && known && (
        <ColumnsDialog
          layout={layout}
          metrics={known.metrics}
          config={known.config}
          tags={tags}
          onChange={onLayout}
          onClose={() => setChoosing(false)}
        />
      )}
    </>
  );
}

/** The same, by name. */
function useBarCommands(
  { table, state, put, known }: Props,
  choose: () => void,
  download: (format: (typeof FORMATS)[number]) => void,
): void {
  const section = "Run table";
  useCommands(() => {
    const { archived } = table.status.get();
    return [
      { id: "runs.columns", title: "Choose columns", section, act: choose },
      ...(state.group.length > 0
        ? [{ id: "runs.ungroup", title: "Do not group", section, act: () => put({ group: [], open: [] }) }]
        : []),
      ...(state.order.join() === NEWEST_FIRST.join()
        ? []
        : [{ id: "runs.newest", title: "Newest first", section, act: () => put({ order: NEWEST_FIRST }) }]),
      ...(archived > 0 || state.archived
        ? [
            {
              id: "runs.archived",
              title: state.archived ? "Hide archived runs" : "Show archived runs",
              section,
              act: () => put({ archived: !state.archived }),
            },
          ]
        : []),
      ...FORMATS.map((format) => ({
        id: `runs.export.${format}`,
        // Without their number: the table may still be counting when the palette asks.
        title: `Export the matching runs as ${FORMAT_WORDS[format]}`,
        section,
        words: "download save file",
        act: () => download(format),
      })),
      ...groupChoices(known, state, []).map(({ value, text }) => ({
        id: `runs.group.${value}`,
        title: `Group by ${text}`,
        section: "Group",
        act: () => put({ group: [...state.group, value], open: [] }),
      })),
    ];
  });
}

const FORMATS = ["csv", "json", "parquet"] as const;
const FORMAT_WORDS = { csv: "CSV", json: "JSON", parquet: "Parquet" };

function exportItems(matched: number, download: (format: (typeof FORMATS)[number]) => void): readonly MenuItem[] {
  return [
    { heading: `${plural(matched, "run")} with these columns, in this order` },
    ...FORMATS.map((format) => ({ label: FORMAT_WORDS[format], act: () => download(format) })),
  ];
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser takes the file over before this runs.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Tags of the project, read when they are needed, and again when `changed` says something else. */
export function useTags(keys: ProjectKeys, needed: boolean, changed: string | null = null): readonly string[] {
  const [tags, setTags] = useState<readonly string[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was changed may have been tags
  useEffect(() => {
    if (needed) keys.tags().then(setTags, () => undefined);
  }, [keys, needed, changed]);
  return tags;
}

interface GroupProps {
  readonly known: Keys | null;
  readonly keys: ProjectKeys;
  readonly state: TableState;
  readonly put: PutTable;
}

const FACTS = ["state", "group", "seed", "commit", "branch", "script", "data", "evaluation", "host", "gpu", "dirty"];

function GroupButton({ known, keys, state, put }: GroupProps) {
  const tags = useTags(keys, known !== null);
  const choices = groupChoices(known, state, tags);
  return (
    <PickButton
      label="Group by"
      placeholder="Group by a config key, a fact or a tag"
      choices={choices}
      onPick={(column) => put({ group: [...state.group, column], open: [] })}
    >
      Group
    </PickButton>
  );
}

function groupChoices(known: Keys | null, { group }: TableState, tags: readonly string[]) {
  const [first, rest] = [new Set(known?.differing ?? []), known?.config ?? []];
  const ordered = [...rest.filter((key) => first.has(key)), ...rest.filter((key) => !first.has(key))];
  return [
    ...ordered.map((key) => ({ value: configColumn(key), text: key, note: first.has(key) ? "differs" : "config" })),
    ...FACTS.map((key) => ({ value: `attr.${key}`, text: key, note: "fact" })),
    ...tags.map((key) => ({ value: tagColumn(key), text: key, note: "tag" })),
  ].filter((choice) => !group.includes(choice.value));
}

/** What runs are grouped by, and which number of each group is shown. */
function GroupLine({ state, put }: { state: TableState; put: PutTable }) {
  const { group, aggregate } = state;
  return (
    <div className="runs-bar group-bar">
      <span>Grouped by</span>
      {group.map((column) => (
        <span key={column} className="chip">
          {keyTitle(column)}
          <button
            type="button"
            aria-label={`Do not group by ${keyTitle(column)}`}
            onClick={() => put({ group: group.filter((one) => one !== column), open: [] })}
          >
            ✕
          </button>
        </span>
      ))}
      <span className="grow" />
      <fieldset className="segments" aria-label="What groups show">
        {AGGREGATES.map((name) => (
          <button
            type="button"
            key={name}
            className="toggle"
            aria-pressed={aggregate === name}
            onClick={() => put({ aggregate: name })}
          >
            {name === "mean" ? "mean ± std" : name}
          </button>
        ))}
      </fieldset>
    </div>
  );
}
