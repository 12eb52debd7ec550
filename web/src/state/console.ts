/** The lines of one console that were read: pages of them, kept current, and the numbers that a search found. */

import { type ConsolePage, type ConsoleRow, type OpenRow, readConsole } from "../api/console.ts";
import type { Finding } from "../lib/finding.ts";
import { placeOf } from "../lib/finding.ts";
import { onFrame, onReset, want } from "./live.ts";
import { Store, throttled } from "./store.ts";

/** Key under which a console is watched. */
const WATCHED = "gnomon/console";
export const PAGE = 500;
const MOST_PAGES = 60;
const REFRESH_MS = 150;
const SEARCH_MS = 400;

export interface ConsoleState {
  /** Lines that are shown when none is left out. */
  readonly count: number;
  readonly total: number;
  readonly errors: number;
  readonly firstError: number | null;
  readonly open: readonly OpenRow[];
  /** Rises when a line that was missing is there. */
  readonly version: number;
  readonly ready: boolean;
  readonly problem: unknown;
}

export interface FoundState {
  readonly finding: Finding;
  /** Ascending; at most 100,000. */
  readonly numbers: readonly number[];
  readonly matched: number;
  readonly busy: boolean;
  readonly problem: unknown;
}

const NOTHING: ConsoleState = {
  count: 0,
  total: 0,
  errors: 0,
  firstError: null,
  open: [],
  version: 0,
  ready: false,
  problem: null,
};
const NO_FINDING: Finding = { text: "", regex: false, matchCase: false };
const NOT_FOUND: FoundState = { finding: NO_FINDING, numbers: [], matched: 0, busy: false, problem: null };

export class ConsoleFeed {
  readonly state = new Store<ConsoleState>(NOTHING);
  readonly found = new Store<FoundState>(NOT_FOUND);
  private readonly pages = new Map<number, readonly ConsoleRow[]>();
  private readonly asked = new Set<number>();
  /** Numbers of the lines that are shown when some are left out. */
  private numbers: readonly number[] | null = null;
  private turn = 0;
  private search = 0;
  private here = true;
  private readonly leave: (() => void)[];
  private readonly refresh = throttled(() => void this.read(), REFRESH_MS);
  private readonly searchAgain = throttled(() => void this.look(), SEARCH_MS);

  constructor(
    private readonly run: string,
    private readonly stream: number | null,
  ) {
    this.leave = [
      want({ projects: [], runs: { [run]: [WATCHED] } }),
      onFrame((frame) => {
        if (frame.type === "console" && frame.run === run) this.again();
        if (frame.type === "hello" && this.state.get().problem !== null) this.refresh();
      }),
      onReset(() => this.again()),
      () => this.refresh.cancel(),
      () => this.searchAgain.cancel(),
    ];
    this.refresh();
  }

  destroy(): void {
    this.here = false;
    for (const stop of this.leave) stop();
  }

  /** The line at a place among those shown, when it was read. */
  row(place: number): ConsoleRow | null {
    return this.pages.get(Math.floor(place / PAGE))?.[place % PAGE] ?? null;
  }

  /** Where the line of a number is among those shown, or where it would be. */
  placeOf(n: number): number {
    return this.numbers === null ? n : placeOf(this.numbers, n);
  }

  /** Have the lines of these places. */
  need(first: number, end: number): void {
    const { count } = this.state.get();
    const last = Math.floor((Math.min(end, count) - 1) / PAGE);
    for (let page = Math.floor(Math.max(0, first) / PAGE); page <= last; page++) {
      const known = this.pages.get(page);
      const whole = Math.min(PAGE, count - page * PAGE);
      if (known && known.length >= whole) {
        this.pages.delete(page); // looked at last
        this.pages.set(page, known);
      } else void this.load(page);
    }
  }

  find(finding: Finding): void {
    this.found.set({ ...NOT_FOUND, finding, busy: finding.text !== "" });
    this.search += 1;
    if (finding.text !== "") this.searchAgain();
  }

  private again(): void {
    this.refresh();
    if (this.found.get().finding.text !== "") this.searchAgain();
  }

  private async read(): Promise<void> {
    const turn = ++this.turn;
    try {
      const page = await readConsole(this.run, {
        limit: 0,
        stream: this.stream,
        numbers: this.stream !== null,
      });
      if (!this.here || turn !== this.turn) return;
      this.numbers = this.stream === null ? null : (page.found ?? []);
      this.take(page);
    } catch (problem) {
      if (this.here && turn === this.turn) this.state.update((now) => ({ ...now, problem, ready: true }));
    }
  }

  private take(page: ConsolePage): void {
    this.state.update((now) => ({
      count: this.numbers === null ? page.matched : this.numbers.length,
      total: page.total,
      errors: page.errors,
      firstError: page.first_error,
      open: this.stream === null ? page.open : page.open.filter((row) => row.stream === this.stream),
      version: now.version + 1,
      ready: true,
      problem: null,
    }));
  }

  private async load(page: number): Promise<void> {
    if (this.asked.has(page)) return;
    this.asked.add(page);
    const place = page * PAGE;
    const where = this.numbers === null ? { first: place } : { offset: place, stream: this.stream };
    try {
      const { lines } = await readConsole(this.run, { ...where, limit: PAGE });
      if (!this.here) return;
      this.pages.set(page, lines);
      for (const old of this.pages.keys()) {
        if (this.pages.size <= MOST_PAGES) break;
        this.pages.delete(old);
      }
      this.state.update((now) => ({ ...now, version: now.version + 1, problem: null }));
    } catch (problem) {
      if (this.here) this.state.update((now) => ({ ...now, problem }));
    } finally {
      this.asked.delete(page);
    }
  }

  private async look(): Promise<void> {
    const turn = ++this.search;
    const { finding } = this.found.get();
    const { text: q, regex, matchCase } = finding;
    if (q === "") return;
    try {
      const page = await readConsole(this.run, {
        q,
        regex,
        case: matchCase,
        stream: this.stream,
        numbers: true,
        limit: 0,
      });
      if (this.here && turn === this.search)
        this.found.set({ finding, numbers: page.found ?? [], matched: page.matched, busy: false, problem: null });
    } catch (problem) {
      if (this.here && turn === this.search) this.found.set({ ...NOT_FOUND, finding, problem });
    }
  }
}
