/** What a text typed above a column keeps: `adam`, or for numbers `< 0.1`, `>= 3`, `0.1..0.5`. */

export type SieveValue = number | string | null;

const COMPARED = /^(<=|>=|<|>|=)\s*(\S+)$/;
const BETWEEN = /^(\S+?)\s*\.\.\s*(\S+)$/;

/** Whether a cell passes: by its number where the question compares numbers, otherwise by what is written in it. */
export function passes(question: string, value: SieveValue, text: string): boolean {
  const asked = question.trim();
  if (asked === "") return true;
  const compared = COMPARED.exec(asked);
  if (compared) {
    const than = numberOf(compared[2] as string);
    if (than !== null) return typeof value === "number" && compare(compared[1] as string, value, than);
  }
  const between = BETWEEN.exec(asked);
  if (between) {
    const [low, high] = [numberOf(between[1] as string), numberOf(between[2] as string)];
    if (low !== null && high !== null) return typeof value === "number" && value >= low && value <= high;
  }
  const wanted = asked.toLowerCase();
  return (
    text.toLowerCase().includes(wanted) ||
    String(value ?? "")
      .toLowerCase()
      .includes(wanted)
  );
}

function compare(sign: string, value: number, than: number): boolean {
  if (sign === "<") return value < than;
  if (sign === "<=") return value <= than;
  if (sign === ">") return value > than;
  if (sign === ">=") return value >= than;
  return value === than;
}

function numberOf(text: string): number | null {
  const number = Number(text);
  return text !== "" && Number.isFinite(number) ? number : null;
}

/** Order of two cells: numbers before texts, by size or as people count; what is missing comes last either way. */
export function ordered(a: SieveValue, b: SieveValue, falls: boolean): number {
  const [missingA, missingB] = [isMissing(a), isMissing(b)];
  if (missingA || missingB) return Number(missingA) - Number(missingB);
  if (typeof a === "number" && typeof b === "number") return falls ? b - a : a - b;
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  const by = String(a).localeCompare(String(b), "en", { numeric: true });
  return falls ? -by : by;
}

function isMissing(value: SieveValue): boolean {
  return value === null || value === "" || Number.isNaN(value);
}
