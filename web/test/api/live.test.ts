import { expect, test } from "vitest";
import { Live, type LiveWorld, type WebSocketLike } from "../../src/api/live.ts";

/** A network and a clock in the hands of the test. */
class World implements LiveWorld {
  sockets: (WebSocketLike & { sent: unknown[] })[] = [];
  timers: { run: () => void; ms: number }[] = [];

  open(): WebSocketLike {
    const sent: unknown[] = [];
    const socket = {
      onopen: null,
      onclose: null,
      onmessage: null,
      sent,
      send: (text: string) => sent.push(JSON.parse(text)),
      close() {},
    };
    this.sockets.push(socket);
    return socket;
  }
  later(run: () => void, ms: number): number {
    return this.timers.push({ run, ms });
  }
  cancel(timer: number): void {
    this.timers[timer - 1] = { run: () => undefined, ms: 0 };
  }
  random = () => 0.5;

  get socket() {
    return this.sockets.at(-1) as World["sockets"][number];
  }
  say(frame: object): void {
    this.socket.onmessage?.({ data: JSON.stringify(frame) });
  }
}

function begin() {
  const world = new World();
  const live = new Live("ws://x/live", world);
  live.connect();
  return { world, live };
}

const hello = (cursor: string) => ({ type: "hello", cursor, version: "1" });
const points = (cursor: string) => ({ type: "points", cursor, run: "r", series: {} });

test("a wish is sent when the connection opens, when it changes, and not again", () => {
  const { world, live } = begin();
  live.watch({ projects: ["a"], runs: {} });
  expect(world.socket.sent).toEqual([]);
  world.socket.onopen?.();
  live.watch({ projects: ["a"], runs: {} });
  live.watch({ projects: ["a"], runs: { r: ["loss"] } });
  expect(world.socket.sent).toEqual([
    { op: "watch", projects: ["a"], runs: {}, since: null },
    { op: "watch", projects: ["a"], runs: { r: ["loss"] }, since: null },
  ]);
});

test("after a break the wish goes on from the last frame that was heard", () => {
  const { world, live } = begin();
  live.watch({ projects: "*", runs: {} });
  world.socket.onopen?.();
  world.say(hello("c1"));
  world.say(points("c2"));
  world.socket.onclose?.();
  world.timers.at(-1)?.run();
  world.socket.onopen?.();
  expect(world.socket.sent).toEqual([{ op: "watch", projects: "*", runs: {}, since: "c2" }]);
});

test("a hello does not move the cursor past frames that are still to come", () => {
  const { world, live } = begin();
  world.socket.onopen?.();
  world.say(hello("c5"));
  world.say(points("c7"));
  world.say(hello("c9"));
  expect(live.cursor).toBe("c7");
});

test("waits grow, and three failures in a row mean that the server is stopped", () => {
  const { world, live } = begin();
  const states: string[] = [];
  live.onState(() => states.push(live.state));
  world.say(hello("c"));
  for (let i = 0; i < 6; i++) {
    world.socket.onclose?.();
    world.timers.at(-1)?.run();
  }
  expect(world.timers.map((timer) => timer.ms)).toEqual([200, 400, 800, 1600, 3000, 3000]);
  expect(states).toEqual(["live", "reconnecting", "stopped"]);
  world.say(hello("c"));
  expect(live.state).toBe("live");
});

test("every listener hears every frame until it stops", () => {
  const { world, live } = begin();
  const heard: string[] = [];
  const stop = live.listen((frame) => heard.push(`a ${frame.type}`));
  live.listen((frame) => heard.push(`b ${frame.type}`));
  world.say(hello("c"));
  stop();
  world.say(points("d"));
  expect(heard).toEqual(["a hello", "b hello", "b points"]);
});

test("a connection that was closed for good does not come back", () => {
  const { world, live } = begin();
  const { onclose } = world.socket;
  live.stop();
  onclose?.();
  expect([world.timers.length, world.sockets.length]).toEqual([0, 1]);
});

test("retrying does not wait for the next turn", () => {
  const { world, live } = begin();
  world.socket.onclose?.();
  live.retry();
  expect(world.sockets.length).toBe(2);
});
