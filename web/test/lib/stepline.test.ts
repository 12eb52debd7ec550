import { describe, expect, it } from "vitest";
import { drawing, ofEvidence, valueAt } from "../../src/lib/stepline.ts";

const SIZE = { width: 400, height: 100 };

describe("lines over steps", () => {
  it("puts the ends of the steps at the ends of the frame, and values between them", () => {
    const { box, x, y, step, lines } = drawing({ lines: [ofEvidence("a", [0, 50, 100], [0, 1, 0])], ...SIZE });
    expect([x(0), x(100)]).toEqual([box.left, box.right]);
    expect(step(x(37))).toBeCloseTo(37);
    expect(y(1)).toBeGreaterThan(box.top);
    expect(y(0)).toBeLessThan(box.bottom);
    expect(lines[0]?.path).toBe(
      `M${box.left.toFixed(1)} ${y(0).toFixed(1)}L${x(50).toFixed(1)} ${y(1).toFixed(1)}L${box.right.toFixed(1)} ${y(0).toFixed(1)}`,
    );
  });

  it("breaks at what is not finite and marks it on the floor", () => {
    const { lines, x } = drawing({ lines: [ofEvidence("a", [0, 1, 2, 3], [1, "NaN", 2, 3])], ...SIZE });
    expect(lines[0]?.bad).toEqual([x(1)]);
    expect(lines[0]?.path.match(/M/g)).toHaveLength(2);
  });

  it("has a bound in the frame, and shares begin at zero", () => {
    const low = [ofEvidence("dead", [0, 1], [0.6, 0.7])];
    const { y, box } = drawing({ lines: low, ...SIZE, also: [0.9], fromZero: true });
    expect(y(0)).toBe(box.bottom);
    expect(y(0.9)).toBeGreaterThanOrEqual(box.top);
    const none = drawing({ lines: [ofEvidence("dead", [0, 1], [0, 0])], ...SIZE, fromZero: true });
    expect([none.y(0), none.y(1)]).toEqual([none.box.bottom, none.box.top]);
  });

  it("draws what hardly differs as what it is, with labels that can be told apart", () => {
    const { yTicks, y, box } = drawing({ lines: [ofEvidence("a", [0, 1], [3.195744, 3.195745])], ...SIZE });
    expect(new Set(yTicks.map((tick) => tick.text)).size).toBe(yTicks.length);
    expect(Math.abs(y(3.195744) - y(3.195745))).toBeLessThan((box.bottom - box.top) / 100);
  });

  it("tells sizes apart on a logarithmic axis once they differ by a thousand", () => {
    expect(drawing({ lines: [ofEvidence("a", [0, 1], [1e-9, 1])], ...SIZE }).kind).toBe("log");
    expect(drawing({ lines: [ofEvidence("a", [0, 1], [0, 1])], ...SIZE }).kind).toBe("linear");
  });

  it("stands for nothing, one point and one value without failing", () => {
    for (const line of [ofEvidence("a", [], []), ofEvidence("a", [5], [2]), ofEvidence("a", [1, 2], ["NaN", "NaN"])]) {
      const { x, y, lines, xTicks, yTicks } = drawing({ lines: [line], ...SIZE });
      for (const at of [x(5), y(2), ...xTicks.map((t) => t.at), ...yTicks.map((t) => t.at)])
        expect(Number.isFinite(at)).toBe(true);
      expect(lines[0]?.path).not.toContain("NaN");
    }
  });

  it("tells the value of a step, or of the last one before it", () => {
    const line = ofEvidence("a", [10, 20], [1, 2]);
    expect([5, 10, 15, 20, 99].map((step) => valueAt(line, step))).toEqual([null, 1, 1, 2, 2]);
  });
});
