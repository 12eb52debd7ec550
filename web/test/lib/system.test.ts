import { expect, it } from "vitest";
import { isSystem, systemCharts } from "../../src/lib/system.ts";

it("puts what was sampled into charts in their sections", () => {
  const names = ["cpu", "memory", "memory_process", "net/in", "gpu/10/use", "gpu/2/use", "gpu/2/power", "fan"];
  const { charts, order } = systemCharts([...names.map((name) => `system/${name}`), "train/loss"]);
  expect(order).toEqual({
    "CPU and memory": ["+CPU, % of the machine", "+Memory, GB"],
    "GPU 2": ["+GPU 2 use, %", "+GPU 2 power, W"],
    "GPU 10": ["+GPU 10 use, %"],
    "Disk and network": ["+Network, MB/s"],
    Other: ["+fan"],
  });
  expect(charts?.["+Memory, GB"]).toEqual({
    title: "Memory, GB",
    lines: [{ key: "system/memory" }, { key: "system/memory_process" }],
    low: 0,
  });
  expect(Object.values(charts ?? {}).flatMap((chart) => chart.lines ?? [])).toHaveLength(names.length);
  expect([isSystem("system/cpu"), isSystem("systematic")]).toEqual([true, false]);
});
