/** What keys do: the one table that handlers, the `?` dialog, the palette and docs/reference/keyboard.md read. */

/** A key or a sequence of keys that something listens for wherever the focus is, unless keys are text. */
export interface Binding {
  readonly id: string;
  /** Ways to press it: `l`, `Mod+k` (Ctrl, or ⌘ on a Mac), `g r` (one after the other). */
  readonly keys: readonly string[];
  readonly what: string;
  /** It works while text is typed too. */
  readonly always?: true;
}

/** What the element in focus, or the pointer, does by itself. */
export interface Gesture {
  readonly gesture: string;
  readonly what: string;
}

export interface Group {
  readonly title: string;
  readonly rows: readonly (Binding | Gesture)[];
}

export const GROUPS = [
  {
    title: "Anywhere",
    rows: [
      { id: "palette", keys: ["Mod+k"], what: "find a run, a metric, a page or an action", always: true },
      { id: "help", keys: ["?"], what: "these shortcuts" },
      { id: "go.projects", keys: ["g p"], what: "go to all projects" },
      { id: "go.runs", keys: ["g r"], what: "go to the runs" },
      { id: "go.leaderboard", keys: ["g l"], what: "go to the leaderboard" },
      { id: "go.dashboards", keys: ["g d"], what: "go to the dashboards" },
      { id: "go.canvas", keys: ["g n"], what: "go to the canvas" },
      { id: "go.data", keys: ["g a"], what: "go to the data sets" },
      { id: "go.jobs", keys: ["g j"], what: "go to the jobs" },
      { id: "go.models", keys: ["g o"], what: "go to the models" },
      { id: "go.charts", keys: ["g c"], what: "go to the charts" },
      { id: "go.media", keys: ["g m"], what: "go to the media" },
      { id: "theme", keys: ["g t"], what: "light, dark, as the system" },
    ],
  },
  {
    title: "Run table",
    rows: [
      { id: "runs.filter", keys: ["g f"], what: "write a filter" },
      { gesture: "↑ ↓", what: "move" },
      { gesture: "Space", what: "select the run" },
      { gesture: "Shift ↑ ↓", what: "select a range" },
      { gesture: "Enter", what: "open the run" },
      { gesture: "h", what: "choose the hue of the run" },
      { gesture: "Esc", what: "clear the selection" },
    ],
  },
  {
    title: "Charts",
    rows: [
      { id: "charts.log", keys: ["l"], what: "logarithmic y axis" },
      { id: "charts.smooth", keys: ["s"], what: "smoothing on and off" },
      { id: "charts.search", keys: ["/"], what: "filter charts" },
      { id: "charts.undo", keys: ["Mod+z"], what: "undo a change of the layout" },
      { id: "charts.redo", keys: ["Mod+Shift+z", "Mod+y"], what: "redo it" },
      { gesture: "drag", what: "zoom all charts" },
      { gesture: "double click", what: "show everything again" },
      { gesture: "Shift drag", what: "pan" },
      { gesture: "Ctrl wheel", what: "zoom around the pointer" },
    ],
  },
  {
    title: "The chart under the pointer or in focus",
    rows: [
      { id: "chart.full", keys: ["f"], what: "full screen" },
      { id: "chart.table", keys: ["t"], what: "table of values" },
      { id: "chart.settings", keys: ["e"], what: "settings of the chart" },
      { id: "chart.pin", keys: ["p"], what: "pin it to the top" },
      { id: "chart.before", keys: ["["], what: "previous chart in full screen" },
      { id: "chart.after", keys: ["]"], what: "next chart in full screen" },
      { gesture: "← →", what: "move the cursor, point by point" },
      { gesture: "Home End", what: "first and last point" },
      { gesture: "Shift ← →", what: "pan" },
      { gesture: "+ − 0", what: "zoom in, out, reset" },
    ],
  },
  {
    title: "Media",
    rows: [
      { id: "media.full", keys: ["f"], what: "full screen" },
      { id: "media.before", keys: ["["], what: "previous panel in full screen" },
      { id: "media.after", keys: ["]"], what: "next panel in full screen" },
      { id: "media.search", keys: ["/"], what: "filter media" },
      { gesture: "← →", what: "previous and next step, on the whole page" },
      { gesture: "Shift ← →", what: "ten steps" },
      { gesture: "Home End", what: "first step; newest, and follow" },
      { gesture: "Space", what: "play" },
      { gesture: "+ − 0", what: "zoom into a picture in focus, reset" },
      { gesture: "i", what: "read its pixels with the arrow keys" },
      { gesture: ", .", what: "move the divider of a wipe" },
    ],
  },
  {
    title: "Console",
    rows: [
      { id: "console.search", keys: ["/"], what: "search the console" },
      { id: "console.after", keys: ["n"], what: "next match" },
      { id: "console.before", keys: ["Shift+n"], what: "previous match" },
    ],
  },
  {
    title: "Dashboards",
    rows: [
      { id: "boards.full", keys: ["f"], what: "the panel under the pointer in full screen, or all of them" },
      { gesture: "← → ↑ ↓", what: "move the panel whose handle is in focus" },
      { gesture: "Shift ← → ↑ ↓", what: "resize it" },
      { gesture: "← →", what: "on the scrubber: from change to change" },
    ],
  },
  {
    title: "Canvas",
    rows: [
      { id: "canvas.add", keys: ["/"], what: "add a component behind the selection" },
      { id: "canvas.connect", keys: ["c"], what: "connect the node in focus" },
      { id: "canvas.disconnect", keys: ["Shift+c"], what: "disconnect it" },
      { id: "canvas.note", keys: ["m"], what: "write a comment on it" },
      { id: "canvas.fix", keys: ["Mod+."], what: "mend its first issue" },
      { id: "canvas.delete", keys: ["Delete", "Backspace"], what: "delete the selection" },
      { id: "canvas.undo", keys: ["Mod+z"], what: "undo" },
      { id: "canvas.redo", keys: ["Mod+Shift+z", "Mod+y"], what: "redo" },
      { id: "canvas.all", keys: ["Mod+a"], what: "select all nodes" },
      { id: "canvas.duplicate", keys: ["Mod+d"], what: "duplicate the selection" },
      { id: "canvas.group", keys: ["Mod+g"], what: "make it a group" },
      { id: "canvas.ungroup", keys: ["Mod+Shift+g"], what: "take the group apart" },
      { id: "canvas.train", keys: ["Shift+t"], what: "train the graph" },
      { id: "canvas.fold", keys: ["f"], what: "fold and unfold the group" },
      { id: "canvas.arrange", keys: ["Shift+l"], what: "arrange all nodes" },
      { id: "canvas.fit", keys: ["0"], what: "show the whole graph" },
      { id: "canvas.in", keys: ["+", "="], what: "closer" },
      { id: "canvas.out", keys: ["-"], what: "farther" },
      { id: "canvas.previews", keys: ["v"], what: "show and hide previews" },
      { id: "canvas.before", keys: ["["], what: "previous sample" },
      { id: "canvas.after", keys: ["]"], what: "next sample" },
      { id: "canvas.random", keys: ["r"], what: "any sample" },
      { id: "canvas.code", keys: ["Shift+e"], what: "the room of the form for the code, and back" },
      { gesture: "← → ↑ ↓", what: "go along the wires, or to the nearest node" },
      { gesture: "Shift ← → ↑ ↓", what: "select it too" },
      { gesture: "Ctrl ← → ↑ ↓", what: "move the selection" },
      { gesture: "Enter", what: "edit the node" },
      { gesture: "Ctrl C, X, V", what: "copy, cut, paste, also into another graph" },
      { gesture: "double click", what: "add a component there" },
      { gesture: "Shift drag", what: "select with a box" },
      { gesture: "Ctrl wheel", what: "zoom around the pointer" },
    ],
  },
] as const satisfies readonly Group[];

type Row = (typeof GROUPS)[number]["rows"][number];
export type ShortcutId = Extract<Row, Binding>["id"];

/** Groups of `GROUPS` whose keys are listened for at the same time. */
export const TOGETHER: readonly (readonly string[])[] = [
  ["Anywhere", "Run table", "Charts", "The chart under the pointer or in focus"],
  ["Anywhere", "Run table", "Media"],
  ["Anywhere", "Console"],
  ["Anywhere", "Dashboards"],
  ["Anywhere", "Canvas"],
];

export const BINDINGS: readonly Binding[] = GROUPS.flatMap((group) =>
  (group.rows as readonly (Binding | Gesture)[]).filter((row): row is Binding => "id" in row),
);

const BY_ID = new Map(BINDINGS.map((binding) => [binding.id, binding]));

export function binding(id: ShortcutId): Binding {
  return BY_ID.get(id) as Binding;
}

interface Press {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** How a key press is spelled in the table; empty for a key that only changes others. */
export function chord(press: Press): string {
  const { key } = press;
  if (["Shift", "Control", "Alt", "Meta"].includes(key)) return "";
  const letter = key.length === 1 && key.toLowerCase() !== key.toUpperCase();
  return [
    press.ctrlKey || press.metaKey ? "Mod" : "",
    press.altKey ? "Alt" : "",
    // A sign such as `?` or `[` is itself whatever it takes to type it.
    press.shiftKey && (letter || key.length > 1) ? "Shift" : "",
    letter ? key.toLowerCase() : key,
  ]
    .filter((part) => part !== "")
    .join("+");
}

/** Bindings that these presses are, and whether more presses could make them one. */
export function matching(presses: readonly string[]): { readonly found: readonly Binding[]; readonly more: boolean } {
  const text = presses.join(" ");
  return {
    found: BINDINGS.filter((one) => one.keys.includes(text)),
    more: BINDINGS.some((one) => one.keys.some((keys) => keys.startsWith(`${text} `))),
  };
}

/** The keys of a binding as they stand on a keyboard: one text for each press. */
export function caps(keys: string, mac: boolean): readonly string[] {
  const words: Record<string, string> = { Mod: mac ? "⌘" : "Ctrl", Shift: mac ? "⇧" : "Shift", Alt: mac ? "⌥" : "Alt" };
  return keys.split(" ").map((press) => {
    const parts = press === "+" ? [press] : press.split("+");
    const chorded = parts.length > 1;
    return parts
      .map((part) => words[part] ?? (chorded && part.length === 1 ? part.toUpperCase() : part))
      .join(mac ? "" : " ");
  });
}

/** The table as a page of the documentation. */
export function keyboardPage(): string {
  const key = (row: Binding | Gesture): string =>
    "id" in row
      ? row.keys
          .map((keys) =>
            caps(keys, false)
              .map((cap) => `\`${cap}\``)
              .join(" then "),
          )
          .join(" or ")
      : `\`${row.gesture}\``;
  const groups = (GROUPS as readonly Group[]).map(({ title, rows }) =>
    [
      `## ${title}`,
      "",
      "| key | what it does |",
      "|---|---|",
      ...rows.map((row) => `| ${key(row)} | ${row.what} |`),
    ].join("\n"),
  );
  return [
    "# Keyboard",
    "",
    "Generated from `web/src/lib/shortcuts.ts`, the table that the handlers, the `?` dialog and the palette read;",
    "`python scripts/build_web.py run test -- -u` writes it anew. On a Mac ⌘ stands for Ctrl. Single keys do nothing while you type.",
    "",
    "`Ctrl K` finds every run, metric, page, dashboard, saved view and action: type a few letters of it in their order.",
    "",
    ...groups.flatMap((group) => [group, ""]),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}
