/** What stands above every page: where we are, what is running, whether we are connected. */

import { type ReactNode, useEffect, useState } from "react";
import type { LiveState } from "../api/live.ts";
import { plural } from "../lib/format.ts";
import { dashboardsPath, runsPath } from "../lib/url.ts";
import { useLiveState } from "../state/live.ts";
import { followProjects, useProjects } from "../state/projects.ts";
import { navigate, usePlace } from "../state/router.ts";
import { setTheme, type Theme, useTheme } from "../state/theme.ts";
import { Link } from "./link.tsx";
import { Shortcuts } from "./shortcuts.tsx";

export function Shell({ children }: { children: ReactNode }) {
  const { route } = usePlace();
  const { rows } = useProjects();
  const [help, setHelp] = useState(false);
  useEffect(followProjects, []);
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      if (event.key === "?" && !typing(event.target)) setHelp(true);
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, []);
  const project = "project" in route ? route.project : null;
  const boards = route.page === "dashboards" || route.page === "dashboard";
  const running = (rows ?? [])
    .filter((row) => project === null || row.name === project)
    .reduce((sum, row) => sum + row.running, 0);
  return (
    <>
      <button type="button" className="skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to the content
      </button>
      <header className="top">
        <Link to="" className="brand" aria-label="gnomon, all projects">
          <Logo />
          <span className="word">gnomon</span>
        </Link>
        {project !== null && <ProjectSwitch project={project} names={(rows ?? []).map((row) => row.name)} />}
        <nav aria-label="Pages">
          <Link to="" aria-current={route.page === "projects" ? "page" : undefined}>
            Projects
          </Link>
          {project !== null && (
            <Link
              to={runsPath(project)}
              aria-current={route.page === "runs" ? "page" : route.page === "run" ? "true" : undefined}
            >
              Runs
            </Link>
          )}
          <Link
            to={dashboardsPath(project)}
            aria-current={boards ? (route.page === "dashboards" ? "page" : "true") : undefined}
          >
            Dashboards
          </Link>
        </nav>
        <span className="grow" />
        {running > 0 && (
          <span className="running">
            <span className="dot" aria-hidden="true" />
            {plural(running, "running", "running")}
          </span>
        )}
        <Connection />
        <ThemeButton />
        <button
          type="button"
          className="quiet"
          aria-label="Shortcuts"
          title="Shortcuts (?)"
          onClick={() => setHelp(true)}
        >
          ?
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      {help && <Shortcuts onClose={() => setHelp(false)} />}
    </>
  );
}

/** Whether keys are text right now. */
export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "range", "button"].includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function ProjectSwitch({ project, names }: { project: string; names: readonly string[] }) {
  const all = names.includes(project) ? names : [project, ...names];
  return (
    <select
      className="project-switch"
      aria-label="Project"
      value={project}
      onChange={(event) => navigate(runsPath(event.target.value))}
    >
      {all.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

const WORDS: Record<LiveState, ReactNode> = {
  connecting: "connecting…",
  live: "live",
  reconnecting: "reconnecting…",
  stopped: (
    <>
      server stopped: run <code>gnomon up</code>
    </>
  ),
};

function Connection() {
  const state = useLiveState();
  return (
    <span className={`connection ${state}`} role="status">
      {WORDS[state]}
    </span>
  );
}

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const SIGNS: Record<Theme, ReactNode> = {
  system: (
    <>
      <circle cx="8" cy="8" r="5.2" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <path d="M8 2.8a5.2 5.2 0 0 1 0 10.4z" fill="currentColor" />
    </>
  ),
  light: (
    <>
      <circle cx="8" cy="8" r="3" fill="currentColor" />
      <path
        d="M8 1v2m0 10v2M1 8h2m10 0h2M3 3l1.4 1.4m7.2 7.2L13 13M13 3l-1.4 1.4M4.4 11.6 3 13"
        stroke="currentColor"
        strokeWidth="1.4"
      />
    </>
  ),
  dark: <path d="M13 9.8A5.6 5.6 0 0 1 6.2 3 5.6 5.6 0 1 0 13 9.8z" fill="currentColor" />,
};

function ThemeButton() {
  const theme = useTheme();
  return (
    <button
      type="button"
      className="quiet"
      title={`Theme: ${theme}`}
      aria-label={`Theme: ${theme}. Change to ${NEXT[theme]}`}
      onClick={() => setTheme(NEXT[theme])}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        {SIGNS[theme]}
      </svg>
    </button>
  );
}

function Logo() {
  return (
    <svg className="logo" viewBox="0 0 18 18" width="18" height="18" aria-hidden="true">
      <path d="M2 15.5h14" stroke="currentColor" strokeWidth="1.6" />
      <path d="M5 15 12 3v12z" fill="currentColor" />
      <path d="m12 15 4.5-3" className="logo-now" strokeWidth="1.8" />
    </svg>
  );
}
