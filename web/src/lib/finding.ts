/** A search in the lines of a console: where in a line its matches are. */

export interface Finding {
  readonly text: string;
  readonly regex: boolean;
  readonly matchCase: boolean;
}

/** What finds the places of a search in a line; a regular expression that only the server understands finds none. */
export function finder({ text, regex, matchCase }: Finding): (line: string) => [number, number][] {
  if (text === "") return () => [];
  let expression: RegExp;
  try {
    expression = new RegExp(regex ? text : text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), matchCase ? "gu" : "giu");
  } catch {
    return () => [];
  }
  // Nested repeats may take for ever, and here nobody could stop them: the line is marked as a whole.
  if (regex && /[+*}][)\]]*[+*{]/.test(text)) return () => [];
  return (line) => {
    const found: [number, number][] = [];
    for (const match of line.slice(0, MOST_CHARS).matchAll(expression)) {
      if (match[0] !== "") found.push([match.index, match.index + match[0].length]);
      if (found.length >= MOST) break;
    }
    return found;
  };
}

const MOST = 100;
const MOST_CHARS = 2000;

/** Place of the first number that is not below `n`, in numbers that ascend. */
export function placeOf(numbers: readonly number[], n: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) < n) low = middle + 1;
    else high = middle;
  }
  return low;
}
