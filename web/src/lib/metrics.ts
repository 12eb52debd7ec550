/** What a metric's name says about it: which direction is better, how much it matters. */

export type Goal = "max" | "min" | null;

const HIGHER =
  /(^|[/_.-])(acc|accuracy|auc|auroc|f1|score|reward|return|r2|iou|dice|precision|recall|map|bleu|rouge|psnr|ssim)\d*($|[/_.@-])/i;
const LOWER = /(loss|err|error|rmse|mse|mae|nll|perplexity|ppl|fid|wer|cer)($|[/_.@-])/i;

/** Which direction the name of a metric promises to be better; null when it promises nothing. */
export function goalOf(key: string): Goal {
  if (HIGHER.test(key)) return "max";
  return LOWER.test(key) ? "min" : null;
}

/** Metrics in the order of what people ask first: validation before training, accuracy before loss. */
export function byImportance(keys: readonly string[]): string[] {
  const points = (key: string): number => {
    const held = /^(val|valid|validation)[/_.-]/i.test(key) ? 0 : /^(test|eval|train)/i.test(key) ? 2 : 4;
    const goal = goalOf(key) === "max" ? 0 : goalOf(key) === "min" ? 1 : 8;
    const machine = /^(sys|system)[/_.-]/i.test(key) ? 40 : 0;
    const axis = /^(epoch|samples|step|time)$/i.test(key) ? 30 : 0;
    return held + goal + machine + axis;
  };
  return keys
    .map((key, i) => ({ key, rank: points(key), i }))
    .sort((a, b) => a.rank - b.rank || a.i - b.i)
    .map((entry) => entry.key);
}

/** Columns a table begins with: the best of the first metric, the last value of the next. */
export function defaultColumns(metrics: readonly string[]): string[] {
  const [first, second] = byImportance(metrics).filter((key) => !/^(epoch|samples|step|time)$|^system\//i.test(key));
  if (first === undefined) return [];
  const best = goalOf(first);
  const columns = [metricColumn(first, best ?? "last")];
  return second === undefined ? columns : [...columns, metricColumn(second, "last")];
}

export interface ColumnName {
  readonly kind: "metric" | "config" | "tag" | "attr";
  readonly key: string;
  /** Which value of a metric's series; empty for everything else. */
  readonly stat: string;
  /** For `at_min` and `at_max`: the series whose best step is meant. */
  readonly other?: string;
}

const STATISTICS = new Set(["last", "min", "max", "mean", "n", "bad", "step", "min_step", "max_step"]);
const ELSEWHERE = /^(.+)\.(at_min|at_max)\((.+)\)$/s;

/** Split `metric.val/acc.max`, `config.opt.lr`, `tag.best` and `attr.commit`; backticks hold unusual characters. */
export function parseColumn(column: string): ColumnName {
  const cut = column.indexOf(".");
  const [kind, body] = [column.slice(0, Math.max(cut, 0)), column.slice(cut + 1)];
  if (kind === "config" || kind === "tag" || kind === "attr") return { kind, key: unquote(body), stat: "" };
  const at = ELSEWHERE.exec(body);
  if (at) return { kind: "metric", key: unquote(at[1] ?? ""), stat: at[2] ?? "", other: unquote(at[3] ?? "") };
  const last = body.lastIndexOf(".");
  const stat = body.slice(last + 1);
  if (last > 0 && STATISTICS.has(stat)) return { kind: "metric", key: unquote(body.slice(0, last)), stat };
  return { kind: kind === "metric" ? "metric" : "attr", key: unquote(body), stat: kind === "metric" ? "last" : "" };
}

export function metricColumn(key: string, stat: string): string {
  return `metric.${quote(key)}.${stat}`;
}

/** The value of a metric at the step where another one is best. */
export function elsewhereColumn(key: string, stat: "at_min" | "at_max", other: string): string {
  return `metric.${quote(key)}.${stat}(${quote(other)})`;
}

export function configColumn(key: string): string {
  return `config.${quote(key)}`;
}

export function tagColumn(key: string): string {
  return `tag.${quote(key)}`;
}

function quote(key: string): string {
  const last = key.slice(key.lastIndexOf(".") + 1);
  const plain = /^[\p{L}\p{N}_\-/.:@+%#]+$/u.test(key) && !STATISTICS.has(last) && !/^at_(min|max)$/.test(last);
  return plain ? key : `\`${key.replaceAll("`", "``")}\``;
}

function unquote(text: string): string {
  return text.length > 1 && text.startsWith("`") && text.endsWith("`") ? text.slice(1, -1).replaceAll("``", "`") : text;
}
