/** What stands above every page: where we are, what is running, whether we are connected. */

import { type ReactNode, useEffect } from "react";
import type { LiveState } from "../api/live.ts";
import { plural } from "../lib/format.ts";
import { runningOf } from "../lib/running.ts";
import { runsPath } from "../lib/url.ts";
import { listen, open, useCommands } from "../state/commands.ts";
import { useLiveState } from "../state/live.ts";
import { followProjects, useProjects } from "../state/projects.ts";
import { navigate, usePlace } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { setTheme, type Theme, useTheme } from "../state/theme.ts";
import { everywhere, NEXT_THEME } from "./everywhere.ts";
import { Guard } from "./guard.tsx";
import { Keys } from "./keys.tsx";
import { later } from "./later.tsx";
import { Link } from "./link.tsx";
import { placesOf, projectOf } from "./places.ts";
import { Shortcuts } from "./shortcuts.tsx";

/** What it finds things with is as large as a page, and comes once there is nothing else to do. */
const Palette = later(async () => (await import("./palette.tsx")).Palette);

export function Shell({ children }: { children: ReactNode }) {
  const { route } = usePlace();
  const { rows } = useProjects();
  const window = useStore(open);
  useEffect(followProjects, []);
  useEffect(listen, []);
  useCommands(() => everywhere(route));
  const project = projectOf(route);
  const running = runningOf(rows ?? [], project);
  const close = (): void => open.set(null);
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
          {placesOf(route).map(({ name, path, here }) => (
            <Link key={name} to={path} aria-current={here}>
              {name}
            </Link>
          ))}
        </nav>
        <span className="grow" />
        <button type="button" className="find" aria-haspopup="dialog" onClick={() => open.set("palette")}>
          <Lens />
          <span className="find-word">Find anything</span>
          <Keys keys="Mod+k" />
        </button>
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
          onClick={() => open.set("help")}
        >
          ?
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      {window === "help" && <Shortcuts onClose={close} />}
      {window === "palette" && (
        <Guard>
          <Palette project={project} onClose={close} />
        </Guard>
      )}
    </>
  );
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
      aria-label={`Theme: ${theme}. Change to ${NEXT_THEME[theme]}`}
      onClick={() => setTheme(NEXT_THEME[theme])}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        {SIGNS[theme]}
      </svg>
    </button>
  );
}

function Lens() {
  return (
    <svg className="lens" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <circle cx="6.8" cy="6.8" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="m10.4 10.4 4 4" stroke="currentColor" strokeWidth="1.5" />
    </svg>
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
