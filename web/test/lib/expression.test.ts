import { describe, expect, test } from "vitest";
import golden from "../../../tests/golden/expressions.json";
import { ExpressionError, type Node, parseExpression, quoted, wordBefore } from "../../src/lib/expression.ts";

function plain(node: Node): unknown {
  if (node.kind === "number") return node.value;
  return node.kind === "key" ? { key: node.key } : [node.name, ...node.args.map(plain)];
}

describe("expressions", () => {
  test.each(golden.good as [string, unknown][])("%s is read as the server reads it", (text, tree) => {
    expect(plain(parseExpression(text).root)).toEqual(tree);
  });

  test.each(golden.bad as [string, number, string][])(
    "%s is refused where the server refuses it",
    (text, place, why) => {
      let found: unknown;
      try {
        parseExpression(text);
      } catch (cause) {
        found = cause;
      }
      expect(found).toBeInstanceOf(ExpressionError);
      expect([(found as ExpressionError).position, (found as Error).message.slice(0, why.length)]).toEqual([
        place,
        why,
      ]);
    },
  );

  test("are no longer, deeper or wider than can be answered", () => {
    const wide = Array.from({ length: 17 }, (_, i) => `k${i}`).join("+");
    for (const text of ["a".repeat(501), Array(40).fill("a").join("^"), `${"-".repeat(40)}a`, wide])
      expect(() => parseExpression(text)).toThrow("expected at most");
    expect(parseExpression("b - a - b").keys).toEqual(["b", "a"]);
  });

  test("hold any key, quoted where it has to be", () => {
    for (const key of ["train/loss", "top 1", "a`b", "5", "精度", "a-", "val/acc@0.5", "x/"])
      expect(parseExpression(quoted(key)).keys).toEqual([key]);
    expect(quoted("train/loss")).toBe("train/loss");
  });

  test("are completed at the word before the caret", () => {
    expect(wordBefore("log(train/lo", 12)).toEqual({ word: "train/lo", start: 4 });
    expect(wordBefore("a - `top 1", 10)).toEqual({ word: "top 1", start: 4 });
    expect(wordBefore("a - ", 4)).toEqual({ word: "", start: 4 });
  });
});
