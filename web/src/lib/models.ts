/** Registered models without a browser: which figures tell, what a version takes and gives, how one is written and used. */

import { formatInteger, formatNumber } from "./format.ts";

export type Figures = Readonly<Record<string, number | null>>;
export type Goal = ">=" | "<=" | ">" | "<";
export const GOALS: readonly Goal[] = [">=", "<=", ">", "<"];

export interface Gate {
  readonly alias: string;
  readonly metric: string;
  readonly goal: Goal;
  readonly value: number | string;
}

export interface Port {
  readonly name: string;
  readonly shape?: readonly (number | null)[];
  readonly dtype?: string;
  readonly kind?: string;
  readonly classes?: readonly string[];
}

/** What of a version its figures and aliases depend on. */
export interface Told {
  readonly number: number;
  readonly metrics: Figures;
  readonly aliases: readonly string[];
}

const PARTS: readonly string[] = ["test", "val", "validation"];
/** What is said while training goes on tells less than what comes of it. */
const WHILE: readonly string[] = ["train", "batch"];

function rank(name: string): number {
  const slash = name.indexOf("/");
  const part = slash < 0 ? "" : name.slice(0, slash);
  const at = PARTS.indexOf(part);
  if (at >= 0) return at;
  const during = WHILE.indexOf(part);
  return PARTS.length + (part === "" ? WHILE.length + 1 : during < 0 ? 0 : 1 + during);
}

/** A figure of one class among several, `test/recall/cat`, or of one level of harm, `noise/accuracy@0.2`. */
export function isOfClass(name: string): boolean {
  return name.split("/").length > 2 || name.includes("@");
}

/** Figures of tests, of validation, others with a part in their name, of training, the rest; by name within each. */
export function figureOrder(names: Iterable<string>): string[] {
  return [...new Set(names)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}

/** The figures that stand side by side, and those of single classes. */
export function splitFigures(versions: readonly Pick<Told, "metrics">[]): {
  readonly main: readonly string[];
  readonly ofClass: readonly string[];
} {
  const names = figureOrder(versions.flatMap(({ metrics }) => Object.keys(metrics)));
  return { main: names.filter((name) => !isOfClass(name)), ofClass: names.filter(isOfClass) };
}

/** The figures that say most of a version: `test/accuracy 0.93`. */
export function telling(metrics: Figures, most = 2): readonly (readonly [name: string, value: number | null])[] {
  const names = figureOrder(Object.keys(metrics)).filter((name) => !isOfClass(name));
  // An accuracy or an error says more than the loss of the same part.
  const loss = (name: string): number => (/(^|[/_])loss$/.test(name) ? 1 : 0);
  return names
    .map((name, at) => ({ name, order: [rank(name), loss(name), at] as const }))
    .sort((a, b) => a.order[0] - b.order[0] || a.order[1] - b.order[1] || a.order[2] - b.order[2])
    .slice(0, most)
    .map(({ name }) => [name, metrics[name] ?? null] as const);
}

/** Figures of a version, those of its tests over those that it was registered with: what gates look at. */
export function figuresOf(
  version: Pick<Told, "number" | "metrics">,
  tests: readonly { readonly version: number; readonly figures: Figures }[],
): Figures {
  const own = tests.filter((test) => test.version === version.number).map((test) => test.figures);
  return Object.assign({}, version.metrics, ...own) as Figures;
}

const SIGNS: Readonly<Record<Goal, string>> = { ">=": "≥", "<=": "≤", ">": ">", "<": "<" };

/** What a gate asks for: `test/accuracy ≥ 0.95`, `test/accuracy > that of champion`. */
export function gateWords({ metric, goal, value }: Omit<Gate, "alias">): string {
  return `${metric} ${SIGNS[goal]} ${typeof value === "number" ? formatNumber(value) : `that of ${value}`}`;
}

/** The bar of a gate as it is typed: a number, or the name of an alias; `null` when it is neither. */
export function readBar(text: string): number | string | null {
  const plain = text.trim();
  if (plain === "") return null;
  const value = Number(plain);
  if (Number.isFinite(value)) return value;
  return isAlias(plain) ? plain : null;
}

/** The server checks it too; `latest` stands for the newest version. */
export function isAlias(text: string): boolean {
  return /^[a-z][a-z0-9_-]{0,31}$/.test(text) && text !== "latest";
}

export function isModelName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}

/** A name that a model may have, of the name of a job or a run. */
export function modelNameFor(text: string): string {
  const name = text.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+|-+$/g, "");
  return name.slice(0, 64).replace(/-+$/, "") || "model";
}

const KINDS: Readonly<Record<string, string>> = {
  image_input: "image",
  number_input: "numbers",
  text_input: "text",
  sequence_input: "sequence",
  category_input: "category",
  classification: "classes",
  regression: "numbers",
};

/** What goes in or comes out: `image: 28×28×1 float32`; of classes how many, and their names. */
export function portWords({ shape = [], dtype = "float32", kind = "", classes = [] }: Port): string {
  const sizes = shape.map((size) => (size === null ? "any" : formatInteger(size))).join("×");
  const what = KINDS[kind] ?? kind.replace(/_(input|output)$/, "").replaceAll("_", " ");
  if (classes.length > 0) {
    const names = `${classes.slice(0, 8).join(", ")}${classes.length > 8 ? " …" : ""}`;
    return `one of ${formatInteger(classes.length)} classes: ${names}`;
  }
  return [what, sizes === "" ? "one number" : sizes, dtype].filter((part) => part !== "").join(" ");
}

/** A change of a figure, with its sign: `+0.012`, `−3`, `±0`. */
export function changeWords(change: number | null): string {
  if (change === null) return "–";
  if (change === 0) return "±0";
  return change > 0 ? `+${formatNumber(change)}` : formatNumber(change);
}

/** Whether a figure is better when it is less; `null` when its name does not say. */
export function lessIsBetter(name: string): boolean | null {
  const last = name.split("/")[1] ?? name;
  if (/loss|error|mae|mse|rmse|brier|log_loss|ece|perplexity/.test(last)) return true;
  if (/acc|f1|recall|precision|auc|r2|iou|map|kappa|mcc|score|specificity|ap$/.test(last)) return false;
  return null;
}

/** The best value of a figure among several; `null` when its name does not say which way is better, or all are alike. */
export function bestOf(name: string, values: readonly (number | null | undefined)[]): number | null {
  const less = lessIsBetter(name);
  const known = values.filter((value): value is number => typeof value === "number");
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return less === null || known.length < 2 || low === high ? null : less ? low : high;
}

/** Lines of Python that use a version. */
export function pythonLines(ref: string, format: string): string {
  const quoted = JSON.stringify(ref);
  const begin = "from gnomon.models.registry import home as registry\n\n";
  if (format === "mlp") return `${begin}net = registry.load(${quoted})\nclasses = net.predict(x)`;
  const folder = `${begin}folder = registry.path(${quoted})  # every file checked\n`;
  if (format === "onnx")
    return `${folder}\nimport onnxruntime\nsession = onnxruntime.InferenceSession(folder / "model.onnx")`;
  if (format === "torch" || format === "keras")
    return `${folder}\nfrom safetensors.numpy import load_file\nweights = load_file(folder / "model.safetensors")`;
  return `${folder}print(sorted(folder.iterdir()))`;
}

/** Lines of a shell that use a version. */
export function shellLines(ref: string): string {
  return `gnomon models get ${ref} -o ./deployed\ngnomon models verify ${ref.replace(/@.*/, "")}`;
}

/** The two versions of `3~5`, an address' part; `null` when it names none. */
export function readPair(text: string | null): readonly [number, number] | null {
  const found = /^(\d{1,9})~(\d{1,9})$/.exec(text ?? "");
  return found ? [Number(found[1]), Number(found[2])] : null;
}

/** What people compare first: the newest with the champion, or else with the one before it. */
export function likelyPair(versions: readonly Told[]): readonly [number, number] | null {
  const [newest, before] = versions;
  if (!newest || !before) return null;
  const champion = versions.find((version) => version.aliases.includes("champion"));
  return [champion && champion !== newest ? champion.number : before.number, newest.number];
}
