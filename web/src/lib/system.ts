/** Charts of what a machine did, made of the keys that were sampled on it. */

import type { Layout, Settings } from "./arrangement.ts";

const SYSTEM = "system/";

export function isSystem(key: string): boolean {
  return key.startsWith(SYSTEM);
}

/** Several series in one chart, in this order; `*` is the number of a GPU. */
const CHARTS: readonly (readonly [section: string, title: string, keys: readonly string[]])[] = [
  ["CPU and memory", "CPU, % of the machine", ["cpu"]],
  ["CPU and memory", "CPU of the run, % of one core", ["cpu_process"]],
  ["CPU and memory", "Memory, GB", ["memory", "memory_process"]],
  ["GPU *", "GPU * use, %", ["gpu/*/use"]],
  ["GPU *", "GPU * memory, GB", ["gpu/*/memory"]],
  ["GPU *", "GPU * power, W", ["gpu/*/power"]],
  ["GPU *", "GPU * temperature, °C", ["gpu/*/temperature"]],
  ["Disk and network", "Disk, GB free", ["disk"]],
  ["Disk and network", "Network, MB/s", ["net/in", "net/out"]],
];

/** Which charts there are and where they stand; what is not known by name gets a chart of its own. */
export function systemCharts(keys: readonly string[]): Layout {
  const left = new Set(keys.filter(isSystem));
  const charts: Record<string, Settings> = {};
  const order: Record<string, string[]> = {};
  const add = (section: string, title: string, members: readonly string[]): void => {
    const lines = members.map((name) => SYSTEM + name).filter((key) => left.has(key));
    if (lines.length === 0) return;
    for (const key of lines) left.delete(key);
    const id = `+${title}`;
    charts[id] = { title, lines: lines.map((key) => ({ key })), low: 0 };
    order[section] = [...(order[section] ?? []), id];
  };
  const gpus = [...new Set([...left].flatMap((key) => /^system\/gpu\/(\d+)\//.exec(key)?.[1] ?? []))];
  gpus.sort((a, b) => Number(a) - Number(b));
  for (const [section, title, names] of CHARTS) {
    for (const gpu of section.includes("*") ? gpus : [""]) {
      const named = (text: string): string => text.replace("*", gpu);
      add(named(section), named(title), names.map(named));
    }
  }
  for (const key of [...left].sort()) add("Other", key.slice(SYSTEM.length), [key.slice(SYSTEM.length)]);
  return { charts, order };
}
