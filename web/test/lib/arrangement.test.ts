import { describe, expect, test } from "vitest";
import {
  added,
  arranged,
  configured,
  EMPTY,
  isDefault,
  type Layout,
  linesOf,
  moved,
  nudged,
  pinned,
  removed,
  spanOf,
  tidy,
  titleOf,
} from "../../src/lib/arrangement.ts";

const keys = ["train/loss", "train/acc", "val/loss", "val/acc", "lr", "system/cpu"];
const plain = (layout: Layout, pattern = "") =>
  Object.fromEntries(arranged(keys, layout, undefined, pattern).map((section) => [section.name, section.keys]));
const standard = {
  val: ["val/acc", "val/loss"],
  train: ["train/acc", "train/loss"],
  other: ["lr"],
  system: ["system/cpu"],
};

describe("charts", () => {
  test("stand in sections by prefix until somebody moves them", () => {
    expect(plain(EMPTY)).toEqual(standard);
    expect(Object.keys(plain(EMPTY))).toEqual(["val", "train", "other", "system"]);
    expect(isDefault(EMPTY)).toBe(true);
  });

  test("are pinned above all sections, in the order of pinning, and go back", () => {
    const layout = pinned(pinned(EMPTY, "lr", true), "val/acc", true);
    expect(arranged(keys, layout)[0]).toEqual({ name: "pinned", keys: ["lr", "val/acc"] });
    expect(plain(layout).val).toEqual(["val/loss"]);
    expect(pinned(pinned(layout, "lr", false), "val/acc", false)).toEqual(EMPTY);
    expect(plain({ pinned: ["gone", "lr"] }).pinned).toEqual(["lr"]);
  });

  test("move within and across sections, and what nobody moved stays in the order of names", () => {
    const all = arranged(keys, EMPTY);
    const first = moved(EMPTY, all, "val/loss", "val", "val/acc");
    expect(first).toEqual({ order: { val: ["val/loss"] } });
    expect(plain(first).val).toEqual(["val/loss", "val/acc"]);
    const across = moved(first, arranged(keys, first), "train/loss", "val", null);
    expect(plain(across)).toEqual({ ...standard, val: ["val/loss", "val/acc", "train/loss"], train: ["train/acc"] });
    const back = moved(across, arranged(keys, across), "train/loss", "train", "train/acc");
    expect(plain(back)).toEqual({ ...standard, val: ["val/loss", "val/acc"], train: ["train/loss", "train/acc"] });
    expect(moved(back, arranged(keys, back), "lr", "pinned", null).pinned).toEqual(["lr"]);
    const top = { pinned: ["lr", "val/acc"] };
    expect(plain(moved(top, arranged(keys, top), "val/acc", "pinned", "lr")).pinned).toEqual(["val/acc", "lr"]);
    expect(plain(moved(top, arranged(keys, top), "lr", "other", null))).toEqual({
      ...standard,
      pinned: ["val/acc"],
      val: ["val/loss"],
    });
  });

  test("any chain of moves keeps every chart in exactly one place", () => {
    let layout: Layout = EMPTY;
    let seed = 7;
    const random = (n: number): number => {
      seed = (seed * 48271) % 2147483647;
      return seed % n;
    };
    for (let turn = 0; turn < 300; turn++) {
      const all = arranged(keys, layout);
      const id = keys[random(keys.length)] as string;
      const target = all[random(all.length)]?.name ?? "val";
      const members = all.find((section) => section.name === target)?.keys ?? [];
      const before = members[random(members.length + 1)] ?? null;
      layout = moved(layout, all, id, target, before);
      const after = arranged(keys, layout);
      expect(after.flatMap((section) => section.keys).sort()).toEqual([...keys].sort());
      if (id === before) continue;
      const section = after.find((one) => one.keys.includes(id));
      expect(section?.name).toBe(target);
      expect(section?.keys[section.keys.indexOf(id) + 1] ?? null).toBe(before);
    }
  });

  test("are nudged by keys, and stop at the ends", () => {
    const all = arranged(keys, EMPTY);
    expect(plain(nudged(EMPTY, all, "val/acc", 1)).val).toEqual(["val/loss", "val/acc"]);
    expect(plain(nudged(EMPTY, all, "val/loss", -1)).val).toEqual(["val/loss", "val/acc"]);
    expect(nudged(EMPTY, all, "val/acc", -1)).toBe(EMPTY);
    expect(nudged(EMPTY, all, "val/loss", 1)).toBe(EMPTY);
    expect(plain(nudged(EMPTY, all, "val/loss", 1, true)).train).toEqual(["val/loss", "train/acc", "train/loss"]);
    expect(nudged(EMPTY, all, "val/loss", -1, true)).toBe(EMPTY);
    expect(nudged(EMPTY, all, "gone", 1)).toBe(EMPTY);
  });

  test("are made of several metrics, found by their title, and removed", () => {
    const { layout, id } = added(EMPTY, [{ key: "train/loss" }, { expression: "val/loss * 2" }]);
    expect(id).toBe("+1");
    expect(added(layout, []).id).toBe("+2");
    expect(plain(layout).custom).toEqual(["+1"]);
    expect(titleOf(layout, id)).toBe("train/loss, val/loss * 2");
    expect(Object.keys(plain(layout, "\\* 2"))).toEqual(["custom"]);
    const named = configured(layout, id, { title: "gap", span: 2 });
    expect([titleOf(named, id), spanOf(named, id), plain(named, "gap").custom]).toEqual(["gap", 2, ["+1"]]);
    const placed = moved(pinned(named, id, true), arranged(keys, named), id, "val", "val/acc");
    expect(plain(placed).val).toEqual(["+1", "val/acc", "val/loss"]);
    expect(removed(placed, id)).toEqual(EMPTY);
  });

  test("keep only settings that differ, and a chart of a series goes back to it", () => {
    const layout = configured(EMPTY, "lr", { y_log: true, low: 0, title: "" });
    expect(layout).toEqual({ charts: { lr: { y_log: true, low: 0 } } });
    expect(linesOf(layout, "lr")).toEqual([{ key: "lr" }]);
    expect(configured(layout, "lr", { y_log: null, low: null, span: 1 })).toEqual(EMPTY);
    expect(removed(layout, "lr")).toEqual(EMPTY);
    expect(tidy({ columns: null, height: "medium", pinned: [], order: { a: [] }, charts: {} })).toEqual({});
  });
});
