/** The pages that the header links to, `g` and a letter go to, and the palette lists. */

import type { ShortcutId } from "../lib/shortcuts.ts";
import {
  canvasesPath,
  DATASETS_PATH,
  dashboardsPath,
  JOBS_PATH,
  leaderboardPath,
  MODELS_PATH,
  type Route,
  runsPath,
} from "../lib/url.ts";

export interface Place {
  readonly name: string;
  readonly path: string;
  readonly shortcut: ShortcutId;
  /** Where we are: at the page itself, somewhere below it, or elsewhere. */
  readonly here: "page" | "true" | undefined;
}

export function placesOf(route: Route): readonly Place[] {
  const project = projectOf(route);
  const here = (page: Route["page"], ...below: Route["page"][]): Place["here"] =>
    route.page === page ? "page" : below.includes(route.page) ? "true" : undefined;
  const all: Place = { name: "Projects", path: "", shortcut: "go.projects", here: here("projects") };
  const boards: Place = {
    name: "Dashboards",
    path: dashboardsPath(project),
    shortcut: "go.dashboards",
    here: here("dashboards", "dashboard"),
  };
  const canvas: Place = {
    name: "Canvas",
    path: canvasesPath(project),
    shortcut: "go.canvas",
    here: here("canvases", "canvas"),
  };
  const data: Place = { name: "Data", path: DATASETS_PATH, shortcut: "go.data", here: here("datasets", "dataset") };
  const jobs: Place = { name: "Jobs", path: JOBS_PATH, shortcut: "go.jobs", here: here("jobs", "job", "sweep") };
  const models: Place = {
    name: "Models",
    path: MODELS_PATH,
    shortcut: "go.models",
    here: here("models", "model", "modeltest", "endpoints", "endpoint"),
  };
  if (project === null) return [all, boards, canvas, data, jobs, models];
  return [
    all,
    { name: "Runs", path: runsPath(project), shortcut: "go.runs", here: here("runs", "run", "compare") },
    { name: "Leaderboard", path: leaderboardPath(project), shortcut: "go.leaderboard", here: here("leaderboard") },
    boards,
    canvas,
    data,
    jobs,
    models,
  ];
}

export function projectOf(route: Route): string | null {
  return "project" in route ? route.project : null;
}
