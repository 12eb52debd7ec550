/** Finding a text by a few of its letters. */

export interface Match {
  /** The higher the better; an exact text is best. */
  readonly score: number;
  /** Places of the letters found, ascending. */
  readonly hits: readonly number[];
}

const LETTER = 1;
/** For the first letter of a word or of a part of a key. */
const BEGINS = 0.8;
const FOLLOWS = 1;
const GAP = 0.3;
const FURTHER = 0.02;
/** Letters strewn over a text are no match; below this mean score they are. */
const LEAST = 1.25;
const WHOLE = 1;
const FIRST = 0.5;
const LENGTH = 0.004;

/**
 * Match every word of a question with a text, each by its letters in their order.
 *
 * @returns `null` when a word is not there.
 */
export function fuzzy(question: string, text: string): Match | null {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  const { low, begins } = prepared(text);
  if (!words.every((word) => isSubsequence(word, low))) return null;
  const hits = new Set<number>();
  let score = 0;
  for (const word of words) {
    const match = matchWord(word, low, begins);
    if (!match) return null;
    score += match.score;
    for (const hit of match.hits) hits.add(hit);
  }
  if (words.length > 0) score /= words.length;
  return { score: score - LENGTH * Math.min(100, text.length), hits: [...hits].sort((a, b) => a - b) };
}

interface Prepared {
  readonly low: string;
  readonly begins: readonly boolean[];
}

/** The same texts are asked about letter after letter. */
const known = new Map<string, Prepared>();
const MOST_KNOWN = 20_000;

function prepared(text: string): Prepared {
  const found = known.get(text);
  if (found) return found;
  if (known.size >= MOST_KNOWN) known.clear();
  const made = { low: lower(text), begins: beginnings(text) };
  known.set(text, made);
  return made;
}

/** Lower case that keeps every place: some letters become two. */
function lower(text: string): string {
  const low = text.toLowerCase();
  return low.length === text.length
    ? low
    : [...text].map((c) => (c.toLowerCase().length === c.length ? c.toLowerCase() : c)).join("");
}

/** Where words begin: after what is no letter, at a capital after a small one, at a number. */
function beginnings(text: string): readonly boolean[] {
  return Array.from(text, (c, i) => {
    const before = text[i - 1] ?? " ";
    return (
      (/[\p{L}\p{N}]/u.test(c) && !/[\p{L}\p{N}]/u.test(before)) ||
      (/\p{Lu}/u.test(c) && /\p{Ll}/u.test(before)) ||
      (/\p{N}/u.test(c) && /\p{L}/u.test(before))
    );
  });
}

/** The best way through: for each letter of the word and each place, the best score that ends there. */
function matchWord(word: string, text: string, begins: readonly boolean[]): Match | null {
  const [rows, columns] = [word.length, text.length];
  const best = new Float64Array(rows * columns).fill(Number.NEGATIVE_INFINITY);
  const from = new Int32Array(rows * columns).fill(-1);
  for (let i = 0; i < rows; i++) {
    let near = Number.NEGATIVE_INFINITY;
    let nearAt = -1;
    for (let j = i; j < columns; j++) {
      // `near` is the best of the row above that ends before the letter in front, paid for by the distance.
      if (i > 0 && j > 1) {
        const candidate = (best[(i - 1) * columns + j - 2] as number) - GAP;
        near -= FURTHER;
        if (candidate > near) [near, nearAt] = [candidate, j - 2];
      }
      if (text[j] !== word[i]) continue;
      const here = LETTER + (begins[j] ? BEGINS : 0);
      if (i === 0) {
        best[j] = here + (j === 0 ? FIRST : 0);
        continue;
      }
      const following = j > 0 ? (best[(i - 1) * columns + j - 1] as number) + FOLLOWS : Number.NEGATIVE_INFINITY;
      best[i * columns + j] = here + Math.max(following, near);
      from[i * columns + j] = following >= near ? j - 1 : nearAt;
    }
  }
  return traced(best, from, rows, columns);
}

function traced(best: Float64Array, from: Int32Array, rows: number, columns: number): Match | null {
  const last = best.subarray((rows - 1) * columns);
  let at = last.indexOf(Math.max(...last));
  const score = (last[at] as number) / rows;
  if (score < LEAST) return null;
  const hits: number[] = [];
  for (let i = rows - 1; i >= 0; i--) {
    hits.unshift(at);
    at = from[i * columns + at] as number;
  }
  return { score: score + (rows === columns ? WHOLE : 0), hits };
}

function isSubsequence(word: string, text: string): boolean {
  let at = -1;
  for (const letter of word) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return true;
}
