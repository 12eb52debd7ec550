import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const SRC = resolve(import.meta.dirname, "../src");
/** Imports point down: a folder may use those after it, and itself. */
const ORDER = ["widgets", "pages", "canvas", "views", "components", "state", "api", "lib"];
/** Libraries that draw; what stands below components does without them. */
const HOOKS = new Set(["react"]);
/** The one file that draws by WebGL; its library is a chunk that only scenes load. */
const SCENES = "views/records/scene/gl.ts";

function files(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
}

function imports(file: string): string[] {
  const text = readFileSync(join(SRC, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s+"([^"]+)"/g)].map((match) => match[1] as string);
}

test("imports point down", () => {
  const wrong: string[] = [];
  for (const file of files()) {
    const layer = ORDER.indexOf(file.split("/")[0] as string);
    if (layer < 0) continue;
    for (const name of imports(file).filter((one) => one.startsWith(".") && !one.includes(".css"))) {
      const target = relative(SRC, resolve(SRC, dirname(file), name)).split("/")[0] as string;
      const strangers = file.startsWith("canvas/") && target === "views";
      if (ORDER.indexOf(target) < layer || strangers) wrong.push(`${file} imports ${name}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("lib needs no browser library, api none either, and hot views do without React", () => {
  const wrong = files().flatMap((file) => {
    const plain = /^(lib|api)\//.test(file) || (file.startsWith("views/") && file.endsWith(".ts"));
    const hooks = file.startsWith("state/");
    const packages = imports(file).filter((name) => !name.startsWith("."));
    const own = file === SCENES ? packages.filter((name) => name !== "three") : packages;
    const bad = plain ? own : hooks ? packages.filter((name) => !HOOKS.has(name)) : [];
    return bad.map((name) => `${file} imports ${name}`);
  });
  expect(wrong).toEqual([]);
});

test("nothing in lib looks at the page it runs in", () => {
  const wrong = files().filter(
    (file) =>
      file.startsWith("lib/") &&
      /\b(document|window|localStorage|location)\.\w/.test(readFileSync(join(SRC, file), "utf8")),
  );
  expect(wrong).toEqual([]);
});

test("colours are written in the tokens and nowhere else", () => {
  const css = readdirSync(join(SRC, "styles")).filter((name) => name !== "tokens.css");
  const wrong = [...css.map((name) => `styles/${name}`), ...files()].filter((name) =>
    /#[0-9a-fA-F]{3,8}\b(?!["'\w]*\])/.test(readFileSync(join(SRC, name), "utf8").replaceAll(/href="#\w+"/g, "")),
  );
  expect(wrong).toEqual([]);
});
