/** One dashboard: panels on a grid, tabs, and a scrubber that shows it as it was. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type Dashboard, deletePanel, type PanelRow, patchDashboard, restorePanel } from "../api/boards.ts";
import { Problem } from "../api/client.ts";
import { CopyButton } from "../components/copy.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Editable } from "../components/editable.tsx";
import { Link } from "../components/link.tsx";
import { Tabs } from "../components/tabs.tsx";
import { Trouble } from "../components/trouble.tsx";
import { arrange, type Cells, changed } from "../lib/board.ts";
import { dashboardsPath } from "../lib/url.ts";
import { Board } from "../state/boards.ts";
import { useCommands } from "../state/commands.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { throttled, useStore } from "../state/store.ts";
import { AddDialog } from "../views/boards/add.tsx";
import { EditDialog } from "../views/boards/edit.tsx";
import { BoardGrid } from "../views/boards/grid.tsx";
import { HistoryDialog } from "../views/boards/history.tsx";
import { BoardPanel, nameOf } from "../views/boards/panel.tsx";
import { Scrubber } from "../views/boards/scrubber.tsx";
import { type Undo, UndoBar } from "../views/boards/undo.tsx";
import { Ways } from "./dashboards.tsx";
import { useOwned } from "./owned.ts";

type Open = { readonly what: "add" } | { readonly what: "edit" | "history"; readonly panel: PanelRow };

const ADDRESS_MS = 100;

export function DashboardPage({ name }: { name: string }) {
  const board = useOwned(() => new Board(name));
  const view = useStore(board.view);
  const { board: shown, problem } = view;
  const moments = useStore(board.moments);
  const refused = useStore(board.refused);
  const { search } = usePlace();
  const at = readAt(search.get("at"));
  const [open, setOpen] = useState<Open | null>(null);
  const [undo, setUndo] = useState<Undo | null>(null);
  const gone = useCallback(() => setUndo(null), []);
  useEffect(() => board.show(at), [board, at]);
  useEffect(() => {
    document.title = `${shown?.title || name} · gnomon`;
  }, [shown?.title, name]);
  const full = search.get("full");
  const setFull = useCallback((id: string | null) => setSearch({ full: id }, id !== null), []);
  const active = useFullKey(full, setFull);
  if (shown === null)
    return problem === null ? <div aria-busy="true" /> : <Missing name={name} at={at} problem={problem} />;
  const tabs = tabsOf(shown);
  const tab = tabs.includes(search.get("tab") ?? "") ? (search.get("tab") ?? "") : (tabs[0] ?? "");
  const panels = shown.panels.filter((panel) => panel.tab === tab);
  const remove = (panel: PanelRow): void => {
    void board.change(() => deletePanel(panel.id));
    setUndo({
      words: `Deleted ${nameOf(panel)}.`,
      back: () => void board.change(() => restorePanel(panel.id)),
    });
  };
  const one = (panel: PanelRow, filled: boolean) => ({
    panel,
    at,
    full: filled,
    onActive: active,
    onFull: setFull,
    onHistory: (found: PanelRow) => setOpen({ what: "history", panel: found }),
    onEdit: (found: PanelRow) => setOpen({ what: "edit", panel: found }),
    onDelete: remove,
  });
  const filled = shown.panels.find((panel) => panel.id === full);
  return (
    <div className={full === "all" ? "board kiosk" : "board"}>
      <Head board={board} shown={shown} at={at} onAdd={() => setOpen({ what: "add" })} />
      {tabs.length > 1 && (
        <Tabs
          label="Tabs of the dashboard"
          tabs={tabs.map((one) => ({ name: one, label: one || "Main" }))}
          chosen={tab}
          onChoose={(next) => setSearch({ tab: next === tabs[0] ? null : next, full: null }, true)}
        />
      )}
      {refused !== null && <Trouble cause={refused} small />}
      {problem !== null && <Trouble cause={problem} small />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: panels scroll, and keys must be able to */}
      <section className="board-scroll" tabIndex={0} aria-label="Panels">
        {shown.panels.length === 0 ? (
          <Empty name={name} past={at !== null} />
        ) : (
          <Grid board={board} shown={shown} panels={panels} at={at} one={one} />
        )}
      </section>
      <Scrubber moments={moments} at={at} busy={view.at !== at} onAt={setAt} />
      {filled && (
        <Dialog title={nameOf(filled)} wide bare keys onClose={() => setFull(null)}>
          <div className="full-screen">
            <BoardPanel {...one(filled, true)} move={null} resize={null} />
          </div>
        </Dialog>
      )}
      {open?.what === "add" && (
        <AddDialog
          dashboard={name}
          tab={tab}
          taken={shown.panels.map((panel) => panel.name)}
          onClose={() => setOpen(null)}
        />
      )}
      {open?.what === "edit" && <EditDialog panel={open.panel} tabs={tabs} onClose={() => setOpen(null)} />}
      {open?.what === "history" && (
        <HistoryDialog
          panel={open.panel}
          onClose={() => setOpen(null)}
          onRestore={(rev) => {
            void board.change(() => restorePanel(open.panel.id, rev));
            setOpen(null);
          }}
        />
      )}
      {undo && <UndoBar undo={undo} onGone={gone} />}
    </div>
  );
}

interface GridProps {
  readonly board: Board;
  readonly shown: Dashboard;
  readonly panels: readonly PanelRow[];
  readonly at: number | null;
  readonly one: (panel: PanelRow, filled: boolean) => Omit<Parameters<typeof BoardPanel>[0], "move" | "resize">;
}

function Grid({ board, shown, panels, at, one }: GridProps) {
  const cells = useMemo(() => arrange(panels, shown.layout), [panels, shown.layout]);
  const known = new Map(panels.map((panel) => [panel.id, panel]));
  // With the first move every panel keeps its place: what was laid out by itself would otherwise shift around it.
  const save = (next: Cells): void => board.move(changed(new Map(Object.entries(shown.layout)), next));
  return (
    <BoardGrid cells={cells} fixed={at !== null} onMove={save}>
      {(id, move, resize) => {
        const panel = known.get(id);
        return panel ? <BoardPanel {...one(panel, false)} move={move} resize={resize} /> : null;
      }}
    </BoardGrid>
  );
}

function Head({ board, shown, at, onAdd }: { board: Board; shown: Dashboard; at: number | null; onAdd: () => void }) {
  const title = shown.title || shown.name;
  return (
    <header className="board-head">
      <h1>
        {at === null ? (
          <Editable
            value={shown.title || shown.name}
            label="Title of the dashboard"
            hint="Rename"
            onSave={(next) => void board.change(() => patchDashboard(shown.name, { title: next }))}
          >
            {title}
          </Editable>
        ) : (
          title
        )}
      </h1>
      <Link to={dashboardsPath(shown.project)} className="muted">
        {shown.project ?? "all dashboards"}
      </Link>
      <span className="grow" />
      <CopyButton text={location.href} what="link to this view" word="Copy link" />
      {at === null && (
        <button type="button" onClick={onAdd}>
          Add a panel
        </button>
      )}
    </header>
  );
}

function Empty({ name, past }: { name: string; past: boolean }) {
  if (past) return <p className="muted center">There was no panel yet.</p>;
  return (
    <div className="teach">
      <h2>No panels yet</h2>
      <Ways name={name} />
      <p className="waiting" role="status">
        <span className="dot" aria-hidden="true" /> waiting for the first panel
      </p>
    </div>
  );
}

function Missing({ name, at, problem }: { name: string; at: number | null; problem: unknown }) {
  const missing = problem instanceof Problem && problem.status === 404;
  if (!missing) return <Trouble cause={problem} />;
  return (
    <div className="teach">
      <h1>{at === null ? `${name} has no panels yet` : `There was no dashboard ${name} then`}</h1>
      <p>
        <Link to={dashboardsPath()}>All dashboards</Link>
      </p>
      {at !== null && (
        <p>
          <button type="button" onClick={() => setAt(null)}>
            Show it as it is now
          </button>
        </p>
      )}
      {at === null && (
        <>
          <Ways name={name} />
          <p className="waiting" role="status">
            <span className="dot" aria-hidden="true" /> waiting for the first panel
          </p>
        </>
      )}
    </div>
  );
}

/** The tabs that were named, then those that only panels name; "" is the one of panels that name none. */
function tabsOf(board: Dashboard): string[] {
  const used = new Set(board.panels.map((panel) => panel.tab));
  const named = [...new Set([...board.tabs, ...[...used].filter((tab) => tab !== "")])];
  return used.has("") || named.length === 0 ? ["", ...named] : named;
}

function readAt(text: string | null): number | null {
  const at = Number(text);
  return text && Number.isFinite(at) && at > 0 ? at : null;
}

/** Scrubbing is a drag: the address follows a few times a second. */
let due: number | null = null;
const follow = throttled(() => setSearch({ at: due === null ? null : String(due) }), ADDRESS_MS);

function setAt(at: number | null): void {
  due = at;
  follow();
}

/** `f` fills the screen with the panel under the pointer or in focus, or with all of them. */
function useFullKey(full: string | null, setFull: (id: string | null) => void): (id: string | null) => void {
  const active = useRef<string | null>(null);
  useCommands(() => [
    {
      id: "boards.full",
      title: "All panels in full screen",
      section: "Dashboard",
      shortcut: "boards.full",
      act: () => setFull(full === null ? (active.current ?? "all") : null),
    },
  ]);
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && full === "all" && !event.defaultPrevented) setFull(null);
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, [full, setFull]);
  return useCallback((id) => {
    active.current = id;
  }, []);
}
