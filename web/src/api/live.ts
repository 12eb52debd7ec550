/** One WebSocket for the tab: says what is wanted, hears what changed, and comes back without losing anything. */

import { address } from "./client.ts";
import type { Frame, Wish } from "./types.ts";

/** `stopped`: several attempts failed, the server is most likely not running. */
export type LiveState = "connecting" | "live" | "reconnecting" | "stopped";

/** What a connection needs of its surroundings, so that a test can be the network and the clock. */
export interface LiveWorld {
  open(url: string): WebSocketLike;
  later(run: () => void, ms: number): number;
  cancel(timer: number): void;
  random(): number;
}

export interface WebSocketLike {
  onopen: (() => void) | null;
  onclose: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  send(text: string): void;
  close(): void;
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 3000;
const STOPPED_AFTER = 3;

export class Live {
  state: LiveState = "connecting";
  /** Where the stream stands; a wish that names it misses nothing. */
  cursor: string | null = null;
  private socket: WebSocketLike | null = null;
  private open = false;
  private wish: Wish = { projects: [], runs: {} };
  private sent = "";
  private failures = 0;
  private timer: number | null = null;
  private readonly listeners = new Set<(frame: Frame) => void>();
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly url: string,
    private readonly world: LiveWorld,
  ) {}

  connect(): void {
    if (this.socket) return;
    this.timer = null;
    const socket = this.world.open(this.url);
    this.socket = socket;
    socket.onopen = () => this.opened();
    socket.onmessage = (event) => this.received(String(event.data));
    socket.onclose = () => this.closed(socket);
  }

  /** Close for good. */
  stop(): void {
    if (this.timer !== null) this.world.cancel(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  /** Say the whole wish; nothing is sent when it did not change. */
  watch(wish: Wish): void {
    this.wish = wish;
    if (this.open) this.say();
  }

  /** Hear every frame. Returns how to stop. */
  listen(hear: (frame: Frame) => void): () => void {
    this.listeners.add(hear);
    return () => this.listeners.delete(hear);
  }

  /** Hear that `state` changed. Returns how to stop. */
  onState(hear: () => void): () => void {
    this.watchers.add(hear);
    return () => this.watchers.delete(hear);
  }

  /** Try again now, without waiting for the next turn. */
  retry(): void {
    if (this.timer === null) return;
    this.world.cancel(this.timer);
    this.connect();
  }

  private opened(): void {
    this.open = true;
    this.sent = "";
    this.say();
  }

  private say(): void {
    const wish = JSON.stringify(this.wish);
    if (wish === this.sent) return;
    this.sent = wish;
    this.socket?.send(JSON.stringify({ op: "watch", ...this.wish, since: this.cursor }));
  }

  private received(text: string): void {
    const frame = JSON.parse(text) as Frame;
    // A hello answers a wish that named a cursor: what lies between the two is still to come.
    if (frame.type !== "hello" || this.cursor === null) this.cursor = frame.cursor;
    this.failures = 0;
    this.become("live");
    for (const hear of this.listeners) hear(frame);
  }

  private closed(socket: WebSocketLike): void {
    if (this.socket !== socket) return;
    this.socket = null;
    this.open = false;
    this.failures += 1;
    this.become(this.failures >= STOPPED_AFTER ? "stopped" : "reconnecting");
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.failures - 1));
    this.timer = this.world.later(() => this.connect(), wait * (0.75 + 0.5 * this.world.random()));
  }

  private become(state: LiveState): void {
    if (state === this.state) return;
    this.state = state;
    for (const hear of this.watchers) hear();
  }
}

/** The connection of this tab. */
export function browserLive(): Live {
  const url = address("api/v1/live").replace(/^http/, "ws");
  return new Live(url, {
    open: (at) => new WebSocket(at) as WebSocketLike,
    later: (run, ms) => window.setTimeout(run, ms),
    cancel: (timer) => window.clearTimeout(timer),
    random: Math.random,
  });
}
