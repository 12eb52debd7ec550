import { expect, it } from "vitest";
import { runningOf } from "../../src/lib/running.ts";

it("counts runs under way, and logs of endpoints only among themselves", () => {
  const rows = [
    { name: "digits", running: 2 },
    { name: "serving", running: 5 },
    { name: "pets", running: 1 },
  ];
  expect([null, "digits", "serving", "none"].map((project) => runningOf(rows, project))).toEqual([3, 2, 5, 0]);
});
