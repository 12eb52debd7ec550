import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

test("the types of the wire are those that openapi.json gives", () => {
  const root = join(import.meta.dirname, "..");
  const schema = (): string => readFileSync(join(root, "src/api/schema.ts"), "utf8");
  const before = schema();
  execFileSync(process.execPath, [join(root, "scripts/types.mjs")]);
  expect(schema()).toBe(before);
});
