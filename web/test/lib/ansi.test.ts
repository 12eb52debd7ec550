import { describe, expect, it } from "vitest";
import { bare, inked, PLAIN } from "../../src/lib/ansi.ts";

const inks = (line: string) => inked(line).map(({ text, ink }) => [text, ink]);

describe("colours of a terminal", () => {
  it("leaves a plain line as it is", () => {
    expect(inks("loss 0.5")).toEqual([["loss 0.5", PLAIN]]);
    expect(inks("")).toEqual([]);
  });

  it("gives each run its ink until it changes", () => {
    expect(inks("\x1b[1;31mred\x1b[39m bold\x1b[0m plain \x1b[94;42mon green")).toEqual([
      ["red", { ...PLAIN, bold: true, fg: 1 }],
      [" bold", { ...PLAIN, bold: true }],
      [" plain ", PLAIN],
      ["on green", { ...PLAIN, fg: 12, bg: 2 }],
    ]);
    expect(inks("\x1b[2;3;4;7;9mall\x1b[22;23;24;27;29mnone")).toEqual([
      ["all", { ...PLAIN, dim: true, italic: true, underline: true, inverse: true, strike: true }],
      ["none", PLAIN],
    ]);
  });

  it("knows 256 colours and all of them, and ignores what is none", () => {
    expect(inks("\x1b[38;5;9ma\x1b[38;5;196mb\x1b[48;5;244mc")).toEqual([
      ["a", { ...PLAIN, fg: 9 }],
      ["b", { ...PLAIN, fg: "#ff0000" }],
      ["c", { ...PLAIN, fg: "#ff0000", bg: "#808080" }],
    ]);
    expect(inks("\x1b[38;2;1;2;255mx\x1b[38;2;1;2;999my\x1b[38mz\x1b[58m!")).toEqual([
      ["x", { ...PLAIN, fg: "#0102ff" }],
      ["y", { ...PLAIN, fg: "#0102ff" }],
      ["z", { ...PLAIN, fg: "#0102ff" }],
      ["!", { ...PLAIN, fg: "#0102ff" }],
    ]);
  });

  it("shows other control characters instead of obeying them", () => {
    expect(bare("\x1b[31ma\x1b[0m\x00\x07\x1b[2J\x7f\x9b\tend")).toBe("a\u2400\u2407\u241b[2J\u2421\ufffd\tend");
  });
});
