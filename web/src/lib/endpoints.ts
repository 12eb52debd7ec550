/** Endpoints in words and numbers: what they take, how they are called, how requests were split, what an answer says. */

import { formatNumber } from "./format.ts";

export type EndpointState = "exporting" | "failed" | "restarting" | "running" | "starting" | "stopped";
export type Role = "canary" | "model" | "shadow";

/** A version that is asked. */
interface Asked {
  readonly version: string;
  readonly role: Role;
  readonly drawn: number;
}

/** An endpoint, as far as it says what is asked. */
interface Asking {
  readonly model: string;
  readonly canary: { readonly ref: string; readonly share: number } | null;
  readonly shadow: string;
  readonly versions: readonly Asked[];
}

export const STATE_WORDS: Readonly<Record<EndpointState, string>> = {
  running: "answers",
  starting: "its process starts",
  exporting: "the version is written as ONNX first",
  restarting: "its process died and is started anew",
  stopped: "stopped",
  failed: "cannot be served",
};

/** The rows with one that changed, was made or (`null`) is gone, by name. */
export function withEndpoint<Row extends { readonly name: string }>(
  rows: readonly Row[],
  name: string,
  row: Row | null,
): readonly Row[] {
  const others = rows.filter((one) => one.name !== name);
  return row === null ? others : [...others, row].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export interface Split {
  readonly canary: number;
  readonly all: number;
  /** What was asked for, and 95 % of what chance makes of it with so many requests. */
  readonly asked: number;
  readonly low: number;
  readonly high: number;
}

/** How requests were split since the share was last changed; `null` without a canary. The interval is Wilson's, of the share asked for. */
export function splitOf(row: Asking): Split | null {
  const canary = row.versions.find((one) => one.role === "canary");
  const model = row.versions.find((one) => one.role === "model");
  if (!canary || !model || row.canary === null) return null;
  const all = canary.drawn + model.drawn;
  const asked = row.canary.share;
  const z = 1.96;
  const middle = (asked + (z * z) / (2 * all)) / (1 + (z * z) / all);
  const half = (z * Math.sqrt((asked * (1 - asked)) / all + (z * z) / (4 * all * all))) / (1 + (z * z) / all);
  return {
    canary: canary.drawn,
    all,
    asked,
    low: all === 0 ? 0 : Math.max(0, middle - half),
    high: all === 0 ? 1 : Math.min(1, middle + half),
  };
}

export interface Answering {
  readonly role: Role;
  /** What is to answer, as it is named, and the version that does; empty while none does. */
  readonly ref: string;
  readonly version: string;
  /** `answers 10 %`; empty for the model. */
  readonly words: string;
}

/** What answers under which name: the model, then a canary with its share, then a shadow. */
export function answering(row: Asking): readonly Answering[] {
  const found = (role: Role, ref: string, words: string): Answering => {
    const version = row.versions.find((one) => one.role === role)?.version ?? "";
    return { role, ref, version, words };
  };
  const share = row.canary === null ? "" : `answers ${formatNumber(100 * row.canary.share, 3)} %`;
  return [
    found("model", row.model, ""),
    ...(row.canary === null ? [] : [found("canary", row.canary.ref, share)]),
    ...(row.shadow === "" ? [] : [found("shadow", row.shadow, "is asked and compared")]),
  ];
}

/** How likely a class is, with three decimals for all: what is less than that is not nothing. */
export function likelihood(value: number): string {
  return value > 0 && value < 0.001 ? "< 0.001" : value.toFixed(3);
}

export function milliseconds(value: number | null): string {
  return value === null ? "–" : formatNumber(value, value < 1 ? 2 : 3);
}

/** Bars of the last minute: path data in a box, the highest as high as the box. */
export function minute(counts: readonly number[], width: number, height: number): string {
  const most = Math.max(1, ...counts);
  const step = width / Math.max(1, counts.length);
  return counts
    .map((count, i) =>
      count === 0
        ? ""
        : `M${(i * step).toFixed(1)} ${height}v${(-(count / most) * (height - 1)).toFixed(1)}h${(step * 0.8).toFixed(1)}V${height}z`,
    )
    .join("");
}

/** What one value of a row may be. */
export type Taken =
  | { readonly name: string; readonly kind: "picture" }
  | { readonly name: string; readonly kind: "class"; readonly classes: readonly (string | null)[] }
  | { readonly name: string; readonly kind: "number" | "text" | "time" }
  | { readonly name: string; readonly kind: "array" };

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | null)[];
  readonly anyOf?: readonly Schema[];
  readonly description?: string;
}

/** What `GET /serve/NAME/` tells of the version that answers. */
export interface Served {
  readonly name: string;
  readonly model: {
    readonly version: string;
    readonly takes: Readonly<Record<string, Schema>>;
    readonly signature: {
      readonly inputs?: readonly { readonly name: string; readonly shape?: readonly (number | null)[] }[];
      readonly outputs?: readonly { readonly name: string; readonly kind?: string }[];
    };
  };
}

export function takenOf({ model }: Served): readonly Taken[] {
  return Object.entries(model.takes).map(([name, schema]): Taken => {
    if (schema.anyOf) return { name, kind: "picture" };
    if (schema.enum) return { name, kind: "class", classes: schema.enum };
    if (schema.type === "array") return { name, kind: "array" };
    const types = [schema.type ?? "number"].flat();
    if (types.includes("string")) return { name, kind: schema.description?.startsWith("A time") ? "time" : "text" };
    return { name, kind: "number" };
  });
}

export interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** The picture that a model takes, if it takes one: of a network without a description, a square row of numbers is one. */
export function sheetOf(served: Served): Sheet | null {
  const taken = takenOf(served);
  const shape = served.model.signature.inputs?.[0]?.shape ?? [];
  if (taken.length !== 1) return null;
  if (taken[0]?.kind === "picture") {
    const [height, width, channels] = shape;
    return { height: height || 28, width: width || 28, channels: channels === 3 ? 3 : 1 };
  }
  const side = Math.sqrt(shape[0] ?? 0);
  return taken[0]?.kind === "array" && shape.length === 1 && Number.isInteger(side) && side > 1
    ? { height: side, width: side, channels: 1 }
    : null;
}

/** A row of JSON from what stands in fields; an empty field is a value that is not known. */
export function rowOf(taken: readonly Taken[], fields: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    taken.map(({ name, kind }) => {
      const text = (fields[name] ?? "").trim();
      if (text === "") return [name, null];
      if (kind === "number") return [name, Number.isFinite(Number(text)) ? Number(text) : text];
      if (kind === "array") return [name, numbersOf(text)];
      return [name, text];
    }),
  );
}

/** Numbers as somebody types them: a JSON list, or with spaces or commas between. */
function numbersOf(text: string): unknown {
  try {
    return JSON.parse(text.startsWith("[") ? text : `[${text.split(/[\s,;]+/).join(",")}]`) as unknown;
  } catch {
    return text;
  }
}

export interface Bar {
  readonly label: string;
  readonly value: number;
}

/** What an answer says: classes with how likely they are, or what else there is, by output. */
export interface Said {
  readonly output: string;
  readonly label: string;
  readonly bars: readonly Bar[];
  readonly value: unknown;
}

interface Answered {
  readonly label?: string | number;
  readonly labels?: readonly string[];
  readonly predictions?: readonly { readonly label: string | number; readonly confidence: number }[];
  readonly value?: unknown;
  readonly outputs?: Readonly<Record<string, Answered>>;
  readonly results?: readonly Answered[];
}

export function saidBy(answer: unknown, output = ""): readonly Said[] {
  const found = answer as Answered;
  if (found.results) return found.results.slice(0, 1).flatMap((one) => saidBy(one, output));
  if (found.outputs) return Object.entries(found.outputs).flatMap(([name, one]) => saidBy(one, name));
  const bars = (found.predictions ?? []).map(({ label, confidence }) => ({ label: String(label), value: confidence }));
  const label = found.labels ? found.labels.join(", ") || "none" : String(found.label ?? "");
  return [{ output, label, bars: byName(bars), value: found.value }];
}

/** In the order of their names, so that bars stay where they are while somebody draws. */
function byName(bars: readonly Bar[]): readonly Bar[] {
  return [...bars].sort((a, b) => a.label.localeCompare(b.label, "en", { numeric: true }));
}

export interface Call {
  readonly name: string;
  readonly code: string;
}

/** How an endpoint is called from elsewhere. */
export function callsOf(served: Served, url: string): readonly Call[] {
  const taken = takenOf(served);
  const picture = taken.length === 1 && taken[0]?.kind === "picture";
  const row = JSON.stringify({ rows: [Object.fromEntries(taken.map((one) => [one.name, example(one)]))] });
  const python = picture
    ? `answer = requests.post(url, data=open("picture.png", "rb"), headers={"content-type": "image/png"})`
    : `answer = requests.post(url, json=${row.replaceAll("null", "None")})`;
  return [
    {
      name: "curl",
      code: picture
        ? `curl -H 'content-type: image/png' --data-binary @picture.png ${url}`
        : `curl -H 'content-type: application/json' -d '${row}' ${url}`,
    },
    {
      name: "Python",
      code: `import requests\n\nurl = "${url}"\n${python}\nanswer.raise_for_status()\nprint(answer.json(), answer.headers["gnomon-version"])`,
    },
    {
      name: "JavaScript",
      code: picture
        ? `const answer = await fetch("${url}", {\n  method: "POST",\n  headers: { "content-type": file.type },\n  body: file, // a File or a Blob\n});\nconsole.log(await answer.json());`
        : `const answer = await fetch("${url}", {\n  method: "POST",\n  headers: { "content-type": "application/json" },\n  body: JSON.stringify(${row}),\n});\nconsole.log(await answer.json());`,
    },
  ];
}

function example(one: Taken): unknown {
  if (one.kind === "class") return one.classes.find((name) => name !== null) ?? null;
  if (one.kind === "picture") return "data:image/png;base64,…";
  return { number: 1.5, text: "some words", time: "2026-11-21T14:02", array: [0, 0] }[one.kind];
}

/** What a version did that is no longer asked. */
export const PAST_ROLES: Readonly<Record<Role, string>> = {
  model: "answered, is no longer asked",
  canary: "answered a share, is no longer asked",
  shadow: "was asked and compared, no longer",
};

export const ROLES: Readonly<Record<Role, string>> = {
  model: "answers",
  canary: "answers a share",
  shadow: "is asked and compared",
};
