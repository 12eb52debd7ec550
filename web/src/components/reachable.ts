/** Everything the palette lists: what the page offers, what was read for it, and what was used before. */

import { plural } from "../lib/format.ts";
import type { Entry } from "../lib/ranking.ts";
import { binding } from "../lib/shortcuts.ts";
import { canvasPath, dashboardPath, datasetPath, modelPath, runPath, runsPath } from "../lib/url.ts";
import type { Command } from "../state/commands.ts";
import { projects } from "../state/projects.ts";
import type { Reached, Recent } from "../state/reach.ts";
import { navigate } from "../state/router.ts";
import { TARGETS } from "./target.tsx";

const METRICS = "Metrics";

/** One of each id: what the page offers knows best how to do it. */
export function allEntries(
  project: string | null,
  offered: readonly Command[],
  found: Reached,
  recent: readonly Recent[],
): readonly Entry[] {
  const all = [
    ...offered.filter((command) => !command.unlisted).map(ofCommand),
    ...found.runs.map((run) => ({
      ...place(`run:${run.id}`, run.name, "Runs", runPath(run.project, run.id)),
      note: [run.project === project ? null : run.project, run.archived ? "archived" : run.state]
        .filter(Boolean)
        .join(" · "),
      words: run.id,
      found: !found.searching,
    })),
    ...(project === null ? [] : found.metrics.map((key) => ofMetric(project, key))),
    ...(projects.get().rows ?? []).map((row) => place(`project:${row.name}`, row.name, "Projects", runsPath(row.name))),
    ...found.boards.map((board) => ({
      ...place(`board:${board.name}`, board.title || board.name, "Dashboards", dashboardPath(board.name)),
      note: board.title ? board.name : undefined,
    })),
    ...found.graphs.map((graph) => ({
      ...place(`graph:${graph.id}`, graph.name, "Canvas", canvasPath(graph.project, graph.id)),
      note: [graph.project === project ? null : graph.project, TARGETS[graph.target], plural(graph.nodes, "node")]
        .filter(Boolean)
        .join(" · "),
    })),
    ...found.datasets.map((row) => ({
      ...place(`data:${row.name}`, row.name, "Data", datasetPath(row.name)),
      note: `${plural(row.rows, "row")} · version ${row.version}`,
    })),
    ...found.models.map((row) => ({
      ...place(`model:${row.name}`, row.name, "Models", modelPath(row.name)),
      note: [plural(row.versions, "version"), ...Object.keys(row.aliases)].join(" · "),
    })),
    ...(project === null
      ? []
      : found.views.map((view) =>
          place(`view:${view.id}`, view.name, "Saved views", `${runsPath(project)}?view=${view.id}`),
        )),
    ...recent.flatMap((one) =>
      one.path === undefined ? [] : [{ ...place(one.id, one.title, one.section, one.path), note: one.note }],
    ),
  ];
  const seen = new Set<string>();
  return all.filter(({ id }) => !seen.has(id) && seen.add(id));
}

function ofCommand(command: Command): Entry {
  const { id, title, section, note, words, act, shortcut } = command;
  return { id, title, section, note, words, act, keys: shortcut && binding(shortcut).keys[0] };
}

function place(id: string, title: string, section: string, path: string): Entry {
  return { id, title, section, path, act: () => navigate(path) };
}

/** A metric whose chart is not on this page is shown alone, large. */
function ofMetric(project: string, key: string): Entry {
  const search = new URLSearchParams({ full: key });
  return place(`metric:${key}`, key, METRICS, `${runsPath(project)}?${search}`);
}
