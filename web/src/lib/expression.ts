/**
 * Expressions over series, such as `train/loss - val/loss`, as the server reads them: `gnomon.analysis.expression` has
 * the grammar. Here they are only parsed, so that a mistake is pointed at while one types; values come from the server.
 */

export type Node =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Node[] };

export interface Expression {
  readonly root: Node;
  /** Series that it reads, each once, in the order in which they come. */
  readonly keys: readonly string[];
}

/** What is wrong with an expression, and at which character. */
export class ExpressionError extends Error {
  constructor(
    message: string,
    readonly position: number,
  ) {
    super(message);
    this.name = "ExpressionError";
  }
}

const MAX_CHARS = 500;
const MAX_DEPTH = 32;
const MAX_SERIES = 16;
const MOST_MEAN = 1_000_000;

/** Names of functions, and what each takes. */
export const FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  abs: ["x"],
  ceil: ["x"],
  clip: ["x", "low", "high"],
  cummax: ["x"],
  cummin: ["x"],
  cumsum: ["x"],
  diff: ["x"],
  ema: ["x", "weight"],
  exp: ["x"],
  floor: ["x"],
  log: ["x"],
  log10: ["x"],
  log2: ["x"],
  max: ["x", "y"],
  mean: ["x", "points"],
  min: ["x", "y"],
  round: ["x"],
  sign: ["x"],
  sqrt: ["x"],
};

interface Token {
  readonly kind: "number" | "name" | "key" | "sign" | "end";
  readonly text: string;
  readonly position: number;
}

const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?/y;
const NAME = /[\p{L}\p{M}_](?:[\p{L}\p{M}\p{N}_./:@#-]*[\p{L}\p{M}\p{N}_])?/uy;
const QUOTED = /`(?:[^`]|``)+`/y;
const SIGNS = ["**", "+", "-", "*", "/", "^", "(", ")", ","];

/** @throws ExpressionError when it does not parse. */
export function parseExpression(text: string): Expression {
  return new Parser(text).whole();
}

/** A key as it is written in an expression. */
export function quoted(key: string): string {
  NAME.lastIndex = 0;
  return NAME.exec(key)?.[0] === key ? key : `\`${key.replaceAll("`", "``")}\``;
}

/** The name that ends at the caret, and where it begins: what completion replaces. */
export function wordBefore(text: string, caret: number): { readonly word: string; readonly start: number } {
  const found = /(?:`[^`]*|[\p{L}_][\p{L}\p{M}\p{N}_./:@#-]*)$/u.exec(text.slice(0, caret));
  return found ? { word: found[0].replace(/^`/, ""), start: found.index } : { word: "", start: caret };
}

function tokens(text: string): Token[] {
  const out: Token[] = [];
  let place = 0;
  while (place < text.length) {
    if (/\s/.test(text[place] as string)) {
      place += 1;
      continue;
    }
    const [token, end] = read(text, place);
    out.push(token);
    place = end;
  }
  out.push({ kind: "end", text: "", position: text.length });
  return out;
}

function read(text: string, place: number): [Token, number] {
  for (const [kind, pattern] of [
    ["number", NUMBER],
    ["name", NAME],
    ["key", QUOTED],
  ] as const) {
    pattern.lastIndex = place;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) continue;
    const said = kind === "key" ? found.slice(1, -1).replaceAll("``", "`") : found;
    return [{ kind, text: said, position: place }, place + found.length];
  }
  const sign = SIGNS.find((one) => text.startsWith(one, place));
  if (sign) return [{ kind: "sign", text: sign === "**" ? "^" : sign, position: place }, place + sign.length];
  if (text[place] === "`") throw new ExpressionError("expected a closing backtick, received none.", place);
  const found = `'${String.fromCodePoint(text.codePointAt(place) as number)}'`;
  throw new ExpressionError(`expected a series, a number or an operator, received ${found}.`, place);
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;
  private readonly keys = new Set<string>();

  constructor(text: string) {
    if (text.length > MAX_CHARS)
      throw new ExpressionError(`expected at most ${MAX_CHARS} characters, received ${text.length}.`, MAX_CHARS);
    this.tokens = tokens(text);
  }

  whole(): Expression {
    const root = this.sum();
    if (this.next.kind !== "end") this.fail("an operator");
    if (this.keys.size === 0)
      throw new ExpressionError("expected the key of at least one series, received only numbers.", 0);
    return { root, keys: [...this.keys] };
  }

  private get next(): Token {
    return this.tokens[this.at] as Token;
  }

  private fail(wanted: string): never {
    const { kind, text, position } = this.next;
    const came = kind === "end" ? "the end" : `'${text.slice(0, 40)}'`;
    throw new ExpressionError(`expected ${wanted}, received ${came}.`, position);
  }

  private take(...signs: readonly string[]): string | null {
    const { kind, text } = this.next;
    if (kind !== "sign" || !signs.includes(text)) return null;
    this.at += 1;
    return text;
  }

  private deeper<T>(what: string, work: () => T): T {
    this.depth += 1;
    if (this.depth > MAX_DEPTH)
      throw new ExpressionError(`expected at most ${MAX_DEPTH} levels of ${what}.`, this.next.position);
    const found = work();
    this.depth -= 1;
    return found;
  }

  private sum(): Node {
    return this.deeper("parentheses", () => this.chain(["+", "-"], () => this.chain(["*", "/"], () => this.factor())));
  }

  private chain(signs: readonly string[], part: () => Node): Node {
    let left = part();
    for (let sign = this.take(...signs); sign; sign = this.take(...signs))
      left = { kind: "call", name: sign, args: [left, part()] };
    return left;
  }

  private factor(): Node {
    let minus = false;
    let count = 0;
    for (let sign = this.take("-", "+"); sign; sign = this.take("-", "+")) {
      minus = minus !== (sign === "-");
      count += 1;
    }
    if (count > MAX_DEPTH)
      throw new ExpressionError(`expected at most ${MAX_DEPTH} signs in a row.`, this.next.position);
    const found = this.power();
    return minus ? { kind: "call", name: "neg", args: [found] } : found;
  }

  private power(): Node {
    const base = this.atom();
    if (!this.take("^")) return base;
    return this.deeper("powers", () => ({ kind: "call", name: "^", args: [base, this.factor()] }));
  }

  private atom(): Node {
    const token = this.next;
    if (this.take("(")) {
      const inside = this.sum();
      if (!this.take(")")) this.fail("')'");
      return inside;
    }
    if (token.kind === "end" || token.kind === "sign") this.fail("a series, a number or a function");
    this.at += 1;
    if (token.kind === "number") return { kind: "number", value: Number(token.text) };
    if (token.kind === "name" && this.take("(")) return this.call(token);
    this.keys.add(token.text);
    if (this.keys.size > MAX_SERIES)
      throw new ExpressionError(`expected at most ${MAX_SERIES} series.`, token.position);
    return { kind: "key", key: token.text };
  }

  private call({ text: name, position }: Token): Node {
    const wanted = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (!wanted)
      throw new ExpressionError(
        `there is no function '${name}'. There are ${Object.keys(FUNCTIONS).join(", ")}.`,
        position,
      );
    const args: Node[] = [];
    const places: number[] = [];
    do {
      places.push(this.next.position);
      args.push(this.sum());
    } while (this.take(","));
    if (!this.take(")")) this.fail("')'");
    const { length } = wanted;
    if (args.length !== length)
      throw new ExpressionError(
        `${name} takes ${length} argument${length > 1 ? "s" : ""}, received ${args.length}.`,
        position,
      );
    checkParameter(name, args[1], places[1] ?? 0);
    return { kind: "call", name, args };
  }
}

/** Check the arguments that must be constants. */
function checkParameter(name: string, given: Node | undefined, position: number): void {
  const value = given?.kind === "number" ? given.value : Number.NaN;
  if (name === "ema" && !(value >= 0 && value < 1))
    throw new ExpressionError("ema: expected a weight from 0 to below 1, such as ema(loss, 0.9).", position);
  if (name === "mean" && !(Number.isInteger(value) && value >= 1 && value <= MOST_MEAN))
    throw new ExpressionError("mean: expected a number of points from 1 to 1000000, such as mean(loss, 10).", position);
}
