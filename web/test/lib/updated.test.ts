import { expect, test } from "vitest";
import { isGone } from "../../src/lib/updated.ts";

test("a part of the page that is not there any more is known by what each browser says", () => {
  const said = [
    "Failed to fetch dynamically imported module: http://127.0.0.1:7117/assets/canvas-Ab1.js",
    "error loading dynamically imported module: http://127.0.0.1:7117/assets/canvas-Ab1.js",
    "Importing a module script failed.",
    "Unable to preload CSS for /assets/canvas-Ab1.css",
  ];
  expect(said.map((message) => isGone(new TypeError(message)))).toEqual([true, true, true, true]);
  expect([new TypeError("Cannot read properties of undefined"), "text", null].map(isGone)).toEqual([
    false,
    false,
    false,
  ]);
});
