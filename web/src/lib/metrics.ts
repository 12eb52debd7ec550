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
    const held = /^(val|valid|validation|test|eval)[/_.-]/i.test(key) ? 0 : /^train/i.test(key) ? 2 : 4;
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
  const [first, second] = byImportance(metrics).filter((key) => !/^(epoch|samples|step|time)$/i.test(key));
  if (first === undefined) return [];
  const best = goalOf(first);
  const columns = [metricColumn(first, best ?? "last")];
  return second === undefined ? columns : [...columns, metricColumn(second, "last")];
}

export interface ColumnName {
  readonly kind: "metric" | "config";
  readonly key: string;
  /** `last`, `min` or `max` of a metric; empty for config. */
  readonly stat: string;
}

const STATISTICS = new Set(["last", "min", "max", "mean", "n", "bad", "step", "min_step", "max_step"]);

/** Split `metric.val/acc.max` and `config.opt.lr` into their parts; backticks hold keys with unusual characters. */
export function parseColumn(column: string): ColumnName {
  if (column.startsWith("config.")) return { kind: "config", key: unquote(column.slice(7)), stat: "" };
  const body = column.replace(/^metric\./, "");
  const cut = body.lastIndexOf(".");
  const stat = body.slice(cut + 1);
  if (cut > 0 && STATISTICS.has(stat)) return { kind: "metric", key: unquote(body.slice(0, cut)), stat };
  return { kind: "metric", key: unquote(body), stat: "last" };
}

export function metricColumn(key: string, stat: string): string {
  return `metric.${quote(key)}.${stat}`;
}

export function configColumn(key: string): string {
  return `config.${quote(key)}`;
}

function quote(key: string): string {
  const plain = /^[\p{L}\p{N}_\-/.:@+%#]+$/u.test(key) && !STATISTICS.has(key.slice(key.lastIndexOf(".") + 1));
  return plain ? key : `\`${key.replaceAll("`", "``")}\``;
}

function unquote(text: string): string {
  return text.length > 1 && text.startsWith("`") && text.endsWith("`") ? text.slice(1, -1).replaceAll("``", "`") : text;
}
