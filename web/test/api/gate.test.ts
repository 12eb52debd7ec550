import { expect, test } from "vitest";
import { Gate } from "../../src/api/gate.ts";

test("what waits at the gate goes on when it opens, and what comes later does not wait", async () => {
  const gate = new Gate();
  const passed: string[] = [];
  const first = gate.passed.then(() => passed.push("first"));
  await Promise.resolve();
  expect([gate.isOpen, passed]).toEqual([false, []]);
  gate.open();
  await first;
  gate.open();
  await gate.passed.then(() => passed.push("later"));
  expect([gate.isOpen, passed]).toEqual([true, ["first", "later"]]);
});
