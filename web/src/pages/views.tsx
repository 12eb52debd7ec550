/** Saved views: a menu of names for what the page shows, each an address that opens elsewhere too. */

import { useEffect, useState } from "react";
import type { ViewRow } from "../api/table.ts";
import { CopyButton } from "../components/copy.tsx";
import { Dialog } from "../components/dialog.tsx";
import { useFocus } from "../components/focus.ts";
import type { MenuItem } from "../components/menu.tsx";
import { MenuButton } from "../components/menubutton.tsx";
import { Trouble } from "../components/trouble.tsx";
import { viewSearch } from "../lib/tablestate.ts";
import { leaderboardPath, runsPath } from "../lib/url.ts";
import { useCommands } from "../state/commands.ts";
import { href, replaceSearch, setSearch, usePlace } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import type { Views } from "../state/views.ts";

/** Show what a view says when the address names nothing but the view, or nothing at all and one opens the project. */
export function useView(views: Views, asked: string | null): void {
  const rows = useStore(views.rows);
  const { search } = usePlace();
  const [fresh] = useState(() => search.size === 0);
  const only = search.size === 1 && asked !== null;
  const first = useStore(views.first);
  const wanted = only ? asked : fresh && search.size === 0 ? first : null;
  useEffect(() => {
    const view = rows?.find((one) => one.id === wanted);
    if (view) show(view);
  }, [rows, wanted]);
}

function show(view: ViewRow): void {
  const search = new URLSearchParams(view.search);
  search.set("view", view.id);
  replaceSearch(search);
}

type Asking = { readonly what: "save" | "rename" | "delete"; readonly name: string };

export function ViewsMenu({ views, view }: { views: Views; view: string | null }) {
  const rows = useStore(views.rows) ?? [];
  const first = useStore(views.first);
  const problem = useStore(views.problem);
  const { search } = usePlace();
  const [asking, setAsking] = useState<Asking | null>(null);
  const present = rows.find((one) => one.id === view) ?? null;
  const now = viewSearch(search);
  const changed = present !== null && now !== viewSearch(new URLSearchParams(present.search));
  const ask = (what: Asking["what"], name = ""): void => setAsking({ what, name });
  useCommands(() => [
    { id: "views.save", title: "Save this view…", section: "Run table", words: "remember", act: () => ask("save") },
    ...rows.map((one) => ({
      id: `view:${one.id}`,
      title: one.name,
      section: "Saved views",
      act: () => show(one),
    })),
  ]);
  const items = (): readonly MenuItem[] => [
    ...rows.map((one) => ({ label: one.name, checked: one.id === view, act: () => show(one) })),
    ...(rows.length > 0 ? (["line"] as const) : []),
    ...(present
      ? [
          {
            label: `Save the changes of ${present.name}`,
            disabled: !changed,
            act: () => void views.save(present.name, now),
          },
        ]
      : []),
    { label: "Save as a new view…", act: () => ask("save") },
    ...(present
      ? [
          { label: `Rename ${present.name}…`, act: () => ask("rename", present.name) },
          { label: `Delete ${present.name}…`, danger: true, act: () => ask("delete", present.name) },
          {
            label: views.page === "runs" ? "Open the project with it" : "Open the page with it",
            checked: first === present.id,
            act: () => views.openWith(first === present.id ? null : present.id),
          },
        ]
      : []),
  ];
  return (
    <>
      <MenuButton label="Views" items={items}>
        {present ? `${present.name}${changed ? " (changed)" : ""}` : "Views"}
      </MenuButton>
      {asking &&
        (asking.what === "delete" ? (
          <Confirm
            view={present}
            onDelete={() => {
              if (present) void views.remove(present.id);
              replaceSearch(withoutView());
            }}
            onClose={() => setAsking(null)}
          />
        ) : (
          <NameDialog
            title={asking.what === "save" ? "Save this view" : "Rename the view"}
            name={asking.name}
            taken={rows.map((one) => one.name)}
            onName={async (name) => {
              const saved =
                asking.what === "rename" && present
                  ? await views.rename(present.id, name)
                  : await views.save(name, now);
              if (saved && asking.what === "save") setSearch({ view: saved.id });
            }}
            onClose={() => setAsking(null)}
          />
        ))}
      {problem !== null && asking === null && <Trouble cause={problem} />}
    </>
  );
}

function pathOf({ project, page }: ViewRow): string {
  return page === "leaderboard" ? leaderboardPath(project) : runsPath(project);
}

function withoutView(): URLSearchParams {
  const search = new URLSearchParams(location.search);
  search.delete("view");
  return search;
}

interface NameProps {
  readonly title: string;
  readonly name: string;
  readonly taken: readonly string[];
  readonly onName: (name: string) => Promise<void>;
  readonly onClose: () => void;
}

function NameDialog({ title, name, taken, onName, onClose }: NameProps) {
  const field = useFocus<HTMLInputElement>();
  const [text, setText] = useState(name);
  const typed = text.trim();
  const over = typed !== name && taken.includes(typed);
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="name-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed !== "") void onName(typed).then(onClose);
        }}
      >
        <p className="muted">
          A view keeps the filter, order, columns, groups and charts of this page under a name, for everyone who opens
          this project.
        </p>
        <input
          ref={field}
          type="text"
          aria-label="Name of the view"
          placeholder="Name"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {over && <p className="now">There is a view of this name: saving writes over it.</p>}
        <footer>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={typed === ""}>
            {name === "" ? "Save" : "Rename"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface ConfirmProps {
  readonly view: ViewRow | null;
  readonly onDelete: () => void;
  readonly onClose: () => void;
}

function Confirm({ view, onDelete, onClose }: ConfirmProps) {
  if (view === null) return null;
  const link = new URL(href(`${pathOf(view)}?view=${view.id}`), location.href).href;
  return (
    <Dialog title={`Delete the view ${view.name}?`} onClose={onClose}>
      <p>
        Links to it stop working: <code>{link}</code> <CopyButton text={link} what="the link" />
      </p>
      <p className="muted">The runs it shows stay as they are.</p>
      <footer>
        <button type="button" onClick={onClose}>
          Keep it
        </button>
        <button
          type="button"
          className="primary danger"
          onClick={() => {
            onClose();
            onDelete();
          }}
        >
          Delete the view
        </button>
      </footer>
    </Dialog>
  );
}
