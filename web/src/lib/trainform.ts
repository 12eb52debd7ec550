/** How a graph is to be trained, as a small form: fields by path into `train`. */

import type { ParamSpec, Params } from "./graph.ts";
import { same } from "./params.ts";

const PLAIN = { doc: "", min: null, max: null, above: null, below: null, choices: [], nullable: false, role: "" };

/** Fields in their order; names are paths: `optimizer.lr` is `train["optimizer"]["lr"]`. */
export const TRAIN: readonly ParamSpec[] = [
  choice("loss", "auto", ["auto", "cross_entropy", "binary_cross_entropy", "mse", "mae", "huber"], {
    doc: "What training makes small; auto follows from the outputs.",
  }),
  choice("optimizer.type", "adam", ["adam", "adamw", "sgd", "rmsprop"], { doc: "How weights are changed." }),
  number("optimizer.lr", "float", 0.001, { above: 0, max: 10, doc: "Learning rate: how far a step goes." }),
  number("batch_size", "int", 64, { min: 1, doc: "Samples in one step." }),
  number("epochs", "int", 10, { min: 1, doc: "How often all data are seen." }),
  number("seed", "int", 0, { min: 0, nullable: true, doc: "Where random numbers begin; none is another every time." }),
  number("stop.patience", "int", null, {
    min: 1,
    nullable: true,
    doc: "Epochs without progress in validation after which training ends; none goes on to the last.",
  }),
];

function choice(name: string, fallback: string, choices: readonly string[], more: Partial<ParamSpec>): ParamSpec {
  return { ...PLAIN, name, kind: "choice", default: fallback, choices, ...more };
}

function number(name: string, kind: "int" | "float", fallback: number | null, more: Partial<ParamSpec>): ParamSpec {
  return { ...PLAIN, name, kind, default: fallback, ...more };
}

const LABELS: Readonly<Record<string, string>> = {
  "optimizer.type": "optimizer",
  "optimizer.lr": "learning_rate",
  "stop.patience": "patience",
};

/** What a field is called where it stands beside others of training. */
export function trainLabel(name: string): string {
  return LABELS[name] ?? name;
}

/** What a field holds, said or by default. */
export function trainValue(train: Params, spec: ParamSpec): unknown {
  let found: unknown = train;
  for (const part of spec.name.split(".")) {
    if (!isMap(found) || !Object.hasOwn(found, part)) return spec.default;
    found = found[part];
  }
  return found;
}

/** The settings with a field changed; defaults are not written down, and what else is there stays. */
export function withTrain(train: Params, spec: ParamSpec, value: unknown): Params {
  return put(train, spec.name.split("."), same(value, spec.default) ? undefined : value);
}

function put(map: Params, [name = "", ...rest]: readonly string[], value: unknown): Params {
  const { [name]: before, ...others } = map;
  if (rest.length === 0) return value === undefined ? others : { ...map, [name]: value };
  const inner = put(isMap(before) ? before : {}, rest, value);
  return Object.keys(inner).length === 0 ? others : { ...map, [name]: inner };
}

function isMap(value: unknown): value is Params {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
