/** Colours of a terminal (SGR escape sequences) as runs of text; nothing else that a terminal obeys has any effect. */

export interface Ink {
  /** 0 to 15, or `#rrggbb`; null is the ordinary ink. */
  readonly fg: number | string | null;
  readonly bg: number | string | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly strike: boolean;
  readonly inverse: boolean;
}

export interface Run {
  readonly text: string;
  readonly ink: Ink;
}

export const PLAIN: Ink = {
  fg: null,
  bg: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  strike: false,
  inverse: false,
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const SGR = /\x1b\[([0-9;:]*)m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** Text as it is shown: control characters become signs of their own. */
function visible(text: string): string {
  return text.replace(CONTROLS, (c) => {
    const code = c.charCodeAt(0);
    return code < 32 ? String.fromCharCode(0x2400 + code) : code === 127 ? "\u2421" : "\ufffd";
  });
}

/** Split a line into runs of one ink each. */
export function inked(line: string): Run[] {
  const runs: Run[] = [];
  let ink = PLAIN;
  let at = 0;
  for (const match of line.matchAll(SGR)) {
    if (match.index > at) runs.push({ text: visible(line.slice(at, match.index)), ink });
    at = match.index + match[0].length;
    ink = changed(ink, match[1] ?? "");
  }
  if (at < line.length) runs.push({ text: visible(line.slice(at)), ink });
  return runs;
}

/** A line without its colours. */
export function bare(line: string): string {
  return visible(line.replace(SGR, ""));
}

function changed(ink: Ink, codes: string): Ink {
  const all = codes.split(/[;:]/).map((code) => (code === "" ? 0 : Number(code)));
  let now = ink;
  for (let i = 0; i < all.length; i++) {
    const code = all[i] as number;
    if (code === 38 || code === 48) {
      const [colour, used] = extended(all.slice(i + 1));
      now = code === 38 ? { ...now, fg: colour ?? now.fg } : { ...now, bg: colour ?? now.bg };
      i += used;
    } else now = single(now, code);
  }
  return now;
}

function single(ink: Ink, code: number): Ink {
  if (code >= 30 && code <= 37) return { ...ink, fg: code - 30 };
  if (code >= 90 && code <= 97) return { ...ink, fg: code - 82 };
  if (code >= 40 && code <= 47) return { ...ink, bg: code - 40 };
  if (code >= 100 && code <= 107) return { ...ink, bg: code - 92 };
  return SINGLE[code]?.(ink) ?? ink;
}

const SINGLE: Readonly<Record<number, (ink: Ink) => Ink>> = {
  0: () => PLAIN,
  1: (ink) => ({ ...ink, bold: true }),
  2: (ink) => ({ ...ink, dim: true }),
  3: (ink) => ({ ...ink, italic: true }),
  4: (ink) => ({ ...ink, underline: true }),
  7: (ink) => ({ ...ink, inverse: true }),
  9: (ink) => ({ ...ink, strike: true }),
  22: (ink) => ({ ...ink, bold: false, dim: false }),
  23: (ink) => ({ ...ink, italic: false }),
  24: (ink) => ({ ...ink, underline: false }),
  27: (ink) => ({ ...ink, inverse: false }),
  29: (ink) => ({ ...ink, strike: false }),
  39: (ink) => ({ ...ink, fg: null }),
  49: (ink) => ({ ...ink, bg: null }),
};

/** A colour of 256 or of all, and how many codes it took. */
function extended(codes: readonly number[]): [number | string | null, number] {
  const [kind, a = -1, b = -1, c = -1] = codes;
  if (kind === 5) return [byte(a) ? indexed(a) : null, 2];
  if (kind === 2) return [byte(a) && byte(b) && byte(c) ? hex(a, b, c) : null, 4];
  return [null, 0];
}

function byte(n: number): boolean {
  return n >= 0 && n <= 255;
}

function indexed(n: number): number | string {
  if (n < 16) return n;
  if (n >= 232) return hex(8 + 10 * (n - 232), 8 + 10 * (n - 232), 8 + 10 * (n - 232));
  const level = (i: number): number => (i === 0 ? 0 : 55 + 40 * i);
  return hex(level(Math.floor((n - 16) / 36)), level(Math.floor((n - 16) / 6) % 6), level((n - 16) % 6));
}

function hex(r: number, g: number, b: number): string {
  return `#${[r, g, b].map((one) => one.toString(16).padStart(2, "0")).join("")}`;
}
