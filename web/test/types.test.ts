import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, expectTypeOf, test } from "vitest";
import type { ChartLayout, ChartLine, ChartSettings } from "../src/api/schema.ts";
import type { Layout, LineSpec, Settings } from "../src/lib/arrangement.ts";

test("the types of the wire are those that openapi.json gives", () => {
  const root = join(import.meta.dirname, "..");
  const schema = (): string => readFileSync(join(root, "src/api/schema.ts"), "utf8");
  const before = schema();
  execFileSync(process.execPath, [join(root, "scripts/types.mjs")]);
  expect(schema()).toBe(before);
});

// Held by the compiler, in `check`.
test("a layout on the wire is the layout that is arranged", () => {
  expectTypeOf<Layout>().toEqualTypeOf<ChartLayout>();
  expectTypeOf<Settings>().toEqualTypeOf<ChartSettings>();
  expectTypeOf<LineSpec>().toEqualTypeOf<ChartLine>();
});
