import { join } from "node:path";
import { expect, test } from "vitest";
import {
  BINDINGS,
  caps,
  chord,
  GROUPS,
  type Group,
  keyboardPage,
  matching,
  TOGETHER,
} from "../../src/lib/shortcuts.ts";

const groups = GROUPS as readonly Group[];

test("no two shortcuts that are listened for together have the same key, and none begins another", () => {
  const clashes = TOGETHER.flatMap((titles) => {
    const bound = groups
      .filter((group) => titles.includes(group.title))
      .flatMap(({ rows }) => rows.flatMap((row) => ("id" in row ? row.keys.map((keys) => [keys, row.id]) : [])));
    return bound.flatMap(([keys, id], i) =>
      bound
        .slice(i + 1)
        .filter(([other]) => other === keys || other?.startsWith(`${keys} `) || keys?.startsWith(`${other} `))
        .map(([other, otherId]) => `${id} and ${otherId}: ${keys}, ${other}`),
    );
  });
  expect(clashes).toEqual([]);
});

test("every group is listened for somewhere, every id is given once, and sentences tell them apart", () => {
  expect(new Set(TOGETHER.flat())).toEqual(new Set(groups.map((group) => group.title)));
  expect(new Set(BINDINGS.map((one) => one.id)).size).toBe(BINDINGS.length);
  for (const { rows } of groups) expect(new Set(rows.map((row) => row.what)).size).toBe(rows.length);
});

const press = (key: string, held: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", true>> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

test("a press is spelled as in the table, on every keyboard", () => {
  expect(chord(press("k", { ctrlKey: true }))).toBe("Mod+k");
  expect(chord(press("k", { metaKey: true }))).toBe("Mod+k");
  expect(chord(press("Z", { ctrlKey: true, shiftKey: true }))).toBe("Mod+Shift+z");
  expect(chord(press("L"))).toBe("l"); // caps lock
  expect(chord(press("?", { shiftKey: true }))).toBe("?");
  expect(chord(press("[", { altKey: true, ctrlKey: true }))).toBe("Mod+Alt+[");
  expect(chord(press("ArrowLeft", { shiftKey: true }))).toBe("Shift+ArrowLeft");
  expect(chord(press("Shift", { shiftKey: true }))).toBe("");
});

test("the first key of a sequence waits for the second", () => {
  expect(matching(["g"])).toEqual({ found: [], more: true });
  expect(matching(["g", "r"]).found.map((one) => one.id)).toEqual(["go.runs"]);
  expect(matching(["g", "x"])).toEqual({ found: [], more: false });
  expect(matching(["l"]).found.map((one) => one.id)).toEqual(["charts.log"]);
});

test("keys are written as they stand on the keyboard", () => {
  expect(caps("g r", false)).toEqual(["g", "r"]);
  expect(caps("Mod+Shift+z", false)).toEqual(["Ctrl Shift Z"]);
  expect(caps("Mod+k", true)).toEqual(["⌘K"]);
});

test("docs/reference/keyboard.md says what the table says", async () => {
  await expect(keyboardPage()).toMatchFileSnapshot(join(import.meta.dirname, "../../../docs/reference/keyboard.md"));
});
