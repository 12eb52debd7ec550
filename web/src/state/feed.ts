/** A feed keeps the traces of one chart: reads them for the window that is shown, and adds what arrives live. */

import type { Frame, LivePoints, WindowQuery } from "../api/types.ts";
import type { LineSpec } from "../lib/arrangement.ts";
import { parseExpression } from "../lib/expression.ts";
import { wireNumber } from "../lib/format.ts";
import { type Arrivals, type Edge, Trace } from "../lib/trace.ts";
import { type Answer, requestLine } from "./envelopes.ts";
import { onFrame, onReset, want } from "./live.ts";

export interface FeedRun {
  readonly id: string;
  /** UTC seconds; zero of the relative axis. */
  readonly created: number;
}

/** What a chart shows of the x axis, and on how many device pixels. */
export interface FeedWindow {
  readonly x: string;
  readonly scale: "linear" | "log";
  readonly px: number;
  readonly zoom: readonly [number, number] | null;
}

interface Member {
  run: FeedRun;
  trace: Trace;
  /** Points that an expression left out. */
  missed: number;
  /** Counts loads; an answer to an older one is not used. */
  load: number;
  loading: boolean;
  /** Frames that came while an answer was on its way. */
  late: Arrivals[];
  /** The newest frame, whose last value is that of a trace with as many points. */
  newest: Arrivals | null;
  /** What is on its way is already out of date. */
  again: boolean;
  /** A reload is due, asked for by the stream. */
  timer: ReturnType<typeof setTimeout> | null;
}

/** Least time between two reloads that the stream asks for. */
const RELOAD_MS = 250;
/** Live buckets per device pixel before the trace is read again in buckets. */
const CROWDED = 2;

export class Feed {
  readonly members = new Map<string, Member>();
  /** Series whose points say that something is new. */
  private readonly keys: readonly string[];
  problem: unknown = null;
  private window: FeedWindow | null = null;
  private leave: (() => void)[] = [];
  private unwish: (() => void) | null = null;

  constructor(
    readonly line: LineSpec,
    private readonly changed: () => void,
  ) {
    this.keys = keysOf(line);
    this.leave = [onFrame((frame) => this.hear(frame)), onReset(() => this.reload())];
  }

  /** Whether something is on its way that has never been seen. */
  get loading(): boolean {
    return [...this.members.values()].some((member) => member.loading && member.trace.total === 0);
  }

  trace(run: string): Trace {
    return this.members.get(run)?.trace ?? Trace.empty();
  }

  missed(run: string): number {
    return this.members.get(run)?.missed ?? 0;
  }

  /** Say what to keep; what is known already is not read again. */
  show(runs: readonly FeedRun[], window: FeedWindow): void {
    const moved = JSON.stringify(window) !== JSON.stringify(this.window);
    const axis = this.window !== null && (this.window.x !== window.x || this.window.scale !== window.scale);
    this.window = window;
    const ids = new Set(runs.map((run) => run.id));
    const before = [...this.members.keys()].join();
    for (const [id, member] of this.members) if (!ids.has(id)) this.drop(id, member);
    for (const run of runs) {
      const known = this.members.get(run.id);
      if (!known) this.add(run);
      else {
        known.run = run;
        if (axis) known.trace = Trace.empty();
      }
    }
    if (before !== [...this.members.keys()].join()) this.wish();
    for (const [id, member] of this.members) if (moved || member.load === 0) this.load(id, member);
  }

  /** Read everything again, because something may have been missed. */
  reload(): void {
    this.problem = null;
    for (const [id, member] of this.members) this.load(id, member);
  }

  destroy(): void {
    for (const stop of this.leave) stop();
    this.unwish?.();
    for (const [id, member] of this.members) this.drop(id, member);
  }

  private add(run: FeedRun): void {
    this.members.set(run.id, {
      run,
      trace: Trace.empty(),
      missed: 0,
      load: 0,
      loading: false,
      late: [],
      newest: null,
      again: false,
      timer: null,
    });
  }

  private drop(id: string, member: Member): void {
    if (member.timer !== null) clearTimeout(member.timer);
    member.load = Number.NaN;
    this.members.delete(id);
  }

  private wish(): void {
    const before = this.unwish;
    this.unwish = want({
      projects: [],
      runs: Object.fromEntries([...this.members.keys()].map((id) => [id, this.keys])),
    });
    before?.();
  }

  private query(): WindowQuery {
    const { x, scale, px, zoom } = this.window as FeedWindow;
    return zoom ? { px, first: zoom[0], last: zoom[1], x, scale } : { px, x, scale };
  }

  private load(id: string, member: Member): void {
    if (this.window === null) return;
    if (member.timer !== null) clearTimeout(member.timer);
    member.timer = null;
    const turn = ++member.load;
    member.loading = true;
    member.late = [];
    member.again = false;
    requestLine(id, this.line, this.query()).then(
      (answer) => this.loaded(member, turn, answer),
      (cause: unknown) => this.failed(member, turn, cause),
    );
  }

  private loaded(member: Member, turn: number, { trace, missed }: Answer): void {
    if (member.load !== turn) return;
    member.missed = missed;
    member.loading = false;
    if (trace.total === member.trace.total) trace.last = member.trace.last;
    member.trace = trace;
    this.problem = null;
    const late = member.late;
    member.late = [];
    if (member.newest?.total === trace.total) trace.merge(member.newest);
    for (const arrivals of late) this.merge(member, arrivals);
    if (member.again) this.soon(member.run.id, member);
    this.changed();
  }

  private failed(member: Member, turn: number, cause: unknown): void {
    if (member.load !== turn) return;
    member.loading = false;
    this.problem = cause;
    this.changed();
  }

  private hear(frame: Frame): void {
    if (frame.type === "hello" && this.problem !== null) this.reload();
    if (frame.type !== "points") return;
    const member = this.members.get(frame.run);
    if (!member) return;
    if (this.line.expression) {
      // Only the server knows what an expression becomes.
      if (this.keys.some((key) => frame.series[key])) this.soon(frame.run, member);
      return;
    }
    const points = frame.series[this.keys[0] ?? ""];
    if (!points) return;
    const arrivals = this.arrivals(points, member.run);
    member.newest = arrivals;
    if (arrivals === null) this.soon(frame.run, member);
    else if (member.loading) member.late.push(arrivals);
    else if (this.merge(member, arrivals)) this.changed();
  }

  /** Place live points on the axis; `null` when another series says where they go. */
  private arrivals(points: LivePoints, run: FeedRun): Arrivals | null {
    const value = points.value.map((v) => wireNumber(v) ?? Number.NaN);
    const common = { value, total: points.total, thinned: points.thinned };
    switch (this.window?.x) {
      case "step":
        return { x: points.step, ...common };
      case "time":
        return { x: points.time, ...common };
      case "relative":
        return { x: points.time.map((t) => t - run.created), ...common };
      default:
        return null;
    }
  }

  private merge(member: Member, arrivals: Arrivals): boolean {
    const merged = member.trace.merge(arrivals, this.edge());
    if (merged === "stale" || member.trace.appended > CROWDED * (this.window?.px ?? 1000))
      this.soon(member.run.id, member);
    return merged === "appended";
  }

  private edge(): Edge {
    const { zoom, px, scale } = this.window as FeedWindow;
    const width = zoom ? zoom[1] - zoom[0] : null;
    // On a logarithmic axis pixels differ in width: there every point stands alone until it is read again.
    return { last: zoom?.[1] ?? Number.POSITIVE_INFINITY, px: scale === "log" ? 0 : px, width };
  }

  private soon(id: string, member: Member): void {
    if (member.loading) member.again = true;
    if (member.timer !== null || member.loading) return;
    member.timer = setTimeout(() => this.load(id, member), RELOAD_MS);
  }
}

function keysOf({ key, expression }: LineSpec): readonly string[] {
  if (!expression) return [key ?? ""];
  try {
    return parseExpression(expression).keys;
  } catch {
    return []; // the server says what is wrong with it
  }
}
