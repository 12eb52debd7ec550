import { expect, test } from "vitest";
import { Player, type PlayerWorld } from "../../src/state/player.ts";

/** A clock that goes when it is told to. */
class Clock implements PlayerWorld {
  private due: { run: () => void; at: number; id: number }[] = [];
  private now = 0;
  private ids = 0;

  later(run: () => void, ms: number): number {
    this.due.push({ run, at: this.now + ms, id: ++this.ids });
    return this.ids;
  }

  cancel(timer: number): void {
    this.due = this.due.filter((one) => one.id !== timer);
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.due.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.cancel(next.id);
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }
}

function make(steps: readonly number[], busy: () => boolean = () => false) {
  const clock = new Clock();
  const player = new Player(busy, clock);
  player.setSteps(steps);
  return { clock, player };
}

test("without a choice the newest step is shown and followed", () => {
  const { player } = make([0, 10]);
  expect([player.step.get(), player.live]).toEqual([10, true]);
  player.setSteps([0, 10, 20]);
  expect(player.step.get()).toBe(20);
});

test("a chosen step stays when more is logged", () => {
  const { player } = make([0, 10]);
  player.move(-1);
  player.setSteps([0, 10, 20]);
  expect([player.step.get(), player.live]).toEqual([0, false]);
});

test("moving beyond the last step follows the newest again", () => {
  const { player } = make([0, 10, 20]);
  player.go(10);
  player.move(1);
  expect([player.step.get(), player.live]).toEqual([20, false]);
  player.move(1);
  expect([player.step.get(), player.live]).toEqual([20, true]);
});

test("the slider snaps to what exists", () => {
  const { player } = make([0, 10, 20]);
  player.snap(13);
  expect(player.step.get()).toBe(10);
});

test("playing goes from step to step at its speed and stops at the end", () => {
  const { clock, player } = make([0, 10, 20, 30]);
  player.go(10);
  player.speed = 2;
  player.play();
  const seen: number[] = [];
  player.step.subscribe(() => seen.push(player.step.get()));
  clock.pass(499);
  expect(seen).toEqual([]);
  clock.pass(1);
  expect(seen).toEqual([20]);
  clock.pass(5000);
  expect([seen, player.playing.get()]).toEqual([[20, 30], false]);
});

test("playing at the end begins at the beginning", () => {
  const { clock, player } = make([0, 10, 20]);
  player.play();
  expect(player.step.get()).toBe(0);
  clock.pass(60_000);
  expect(player.step.get()).toBe(20);
});

test("playing waits for what is on its way, but not for ever", () => {
  let busy = true;
  const { clock, player } = make([0, 10, 20, 30, 40], () => busy);
  player.go(0);
  player.speed = 10;
  player.play();
  clock.pass(500);
  expect(player.step.get()).toBe(0);
  busy = false;
  clock.pass(50);
  expect(player.step.get()).toBe(10);
  busy = true;
  clock.pass(1200);
  expect(player.step.get()).toBe(20);
});

test("a pause stays where it is", () => {
  const { clock, player } = make([0, 10, 20]);
  player.go(0);
  player.toggle();
  clock.pass(200);
  player.toggle();
  clock.pass(10_000);
  expect([player.step.get(), player.playing.get()]).toEqual([10, false]);
});

test("one step alone does not play", () => {
  const { player } = make([5]);
  player.play();
  expect([player.playing.get(), player.step.get()]).toEqual([false, 5]);
});
