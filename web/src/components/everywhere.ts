/** What can be done on every page. */

import { type Route, runsPath } from "../lib/url.ts";
import { type Command, open } from "../state/commands.ts";
import { navigate, setSearch } from "../state/router.ts";
import { setTheme, type Theme, themeNow } from "../state/theme.ts";
import { placesOf, projectOf } from "./places.ts";

export const NEXT_THEME: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };
const THEMES: Readonly<Record<Theme, string>> = { light: "Light", dark: "Dark", system: "As the system" };
const GO = "Go to";
const LOOK = "Look";

export function everywhere(route: Route): readonly Command[] {
  const now = themeNow();
  return [
    ...placesOf(route).map(({ name, path, shortcut }) => ({
      id: `go:${name}`,
      title: name,
      section: GO,
      shortcut,
      act: () => navigate(path),
    })),
    ...parts(route),
    {
      id: "palette",
      title: "Find anything",
      section: GO,
      shortcut: "palette",
      unlisted: true,
      act: () => open.update((window) => (window === "palette" ? null : "palette")),
    },
    {
      id: "help",
      title: "Keyboard shortcuts",
      section: LOOK,
      shortcut: "help",
      words: "keys help",
      act: () => open.set("help"),
    },
    {
      id: "link",
      title: "Copy a link to this page as it is",
      section: "Share",
      words: "url address",
      act: () => void navigator.clipboard?.writeText(location.href),
    },
    {
      id: "theme",
      title: "Next theme",
      section: LOOK,
      shortcut: "theme",
      unlisted: true,
      act: () => setTheme(NEXT_THEME[now]),
    },
    ...(["light", "dark", "system"] as const)
      .filter((theme) => theme !== now)
      .map((theme) => ({
        id: `theme:${theme}`,
        title: `Theme: ${THEMES[theme].toLowerCase()}`,
        section: LOOK,
        words: "colours ground mode",
        act: () => setTheme(theme),
      })),
  ];
}

/** Charts and media stand beside the runs of a project, and in the tabs of a run. */
function parts(route: Route): readonly Command[] {
  const project = projectOf(route);
  if (project === null) return [];
  const go = (part: "charts" | "media") => (): void => {
    if (route.page === "run") setSearch({ tab: part }, true);
    else if (route.page === "runs") setSearch({ show: part, pane: "charts" }, true);
    else navigate(`${runsPath(project)}?show=${part}`);
  };
  return [
    { id: "go:charts", title: "Charts", section: GO, shortcut: "go.charts", act: go("charts") },
    { id: "go:media", title: "Media", section: GO, shortcut: "go.media", act: go("media") },
  ];
}
