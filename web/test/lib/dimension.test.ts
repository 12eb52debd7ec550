import { describe, expect, test } from "vitest";
import { held, makeDimension, NOWHERE, type Range } from "../../src/lib/dimension.ts";
import { readExplore, writeExplore } from "../../src/lib/explorestate.ts";

const bare = ({ low, high }: { low: number; high: number }) => [low, high].map((v) => Number(v.toPrecision(2)));

describe("a dimension of numbers", () => {
  test("is logarithmic over many decades, unless that is refused", () => {
    const lr = makeDimension("config.lr", [1e-4, 1e-2, 1e-1]);
    expect([lr.title, lr.kind, lr.ticks.map((tick) => tick.label)]).toEqual([
      "lr",
      "log",
      ["1e−4", "1e−3", "0.01", "0.1"],
    ]);
    expect(makeDimension("config.lr", [1e-4, 1e-2, 1e-1], true).kind).toBe("linear");
    expect(makeDimension("config.dropout", [0, 0.2, 0.5]).kind).toBe("linear");
  });

  test("keeps runs without a finite value in sight, and counts them", () => {
    const acc = makeDimension("metric.val/acc.max", [0.5, "NaN", null, 0.9]);
    expect([acc.title, acc.missing, acc.missingLabel]).toEqual(["val/acc max", 2, "none, NaN"]);
    expect([...acc.places].map((place) => place === NOWHERE)).toEqual([false, true, true, false]);
    expect([acc.word(0), acc.word(1), acc.word(2)]).toEqual(["0.5", "NaN", "–"]);
  });

  test("gives back the numbers between two places, and a filter for them", () => {
    const width = makeDimension("config.width", [0, 100]);
    const range = width.range(width.placeOf(20), width.placeOf(60)) as { low: number; high: number };
    expect(bare(range)).toEqual([20, 60]);
    expect(width.filter({ low: 20, high: 60 })).toBe("config.width BETWEEN 20 AND 60");
    expect(held([width], new Map([["config.width", { low: 50, high: 100 } as Range]]), 2)).toEqual([false, true]);
  });
});

describe("a dimension of words", () => {
  const optimizer = makeDimension("config.optimizer", ["sgd", "adam", "it's", null, true, "adam"]);

  test("has a band for each, and runs strewn within theirs", () => {
    expect(optimizer.kind).toBe("category");
    expect(optimizer.ticks.map((tick) => tick.label)).toEqual(["adam", "it's", "sgd", "true"]);
    const [, first, , none, , second] = [...optimizer.places] as number[];
    expect(none).toBe(NOWHERE);
    expect(first).not.toBe(second);
    for (const place of [first, second]) expect(Math.abs((place as number) - 0.125)).toBeLessThan(0.07);
  });

  test("gives back those between two places, and a filter that quotes them", () => {
    const range = optimizer.range(0.3, 0.95);
    expect(range).toEqual({ labels: ["it's", "sgd", "true"] });
    expect(optimizer.filter(range)).toBe("config.optimizer IN ('it''s', 'sgd', true)");
    expect(optimizer.filter({ labels: [] })).toBe("config.optimizer IS NULL");
    expect(held([optimizer], new Map([["config.optimizer", range]]), 6)).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
  });
});

test("what is explored lives in the address, and a hand in it does no harm", () => {
  const state = {
    axes: ["config.lr", "metric.`a,b`.max"],
    by: "metric.acc.max",
    flat: ["config.lr"],
    ranges: new Map<string, Range>([
      ["config.lr", { low: 0.01, high: 0.1 }],
      ["config.opt", { labels: ["adam", "it's"] }],
    ]),
  };
  const search = new URLSearchParams(
    Object.entries(writeExplore(state)).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  expect(readExplore(search)).toEqual(state);
  for (const ranges of ["{", "[1]", '{"a": 3, "b": [1], "c": {"is": [1]}, "d": ["x", "y"]}', "null", '"x"'])
    expect(readExplore(new URLSearchParams({ ranges })).ranges).toEqual(new Map());
});
