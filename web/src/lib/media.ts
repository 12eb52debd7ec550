/** What a page of media shows, in its address. */

export type PanelSize = "small" | "medium" | "large";
export const PANEL_SIZES: readonly PanelSize[] = ["small", "medium", "large"];
/** Steps in a second. */
export const SPEEDS: readonly number[] = [1, 2, 5, 10, 25];

export interface MediaState {
  /** Where the slider stands; `null` follows the newest. */
  readonly at: number | null;
  readonly speed: number;
  readonly size: PanelSize;
  /** Regular expression over keys. */
  readonly find: string;
  /** Names of sections that are folded. */
  readonly folded: readonly string[];
  /** Key of the panel that fills the screen. */
  readonly open: string | null;
}

export const MEDIA_DEFAULTS: MediaState = { at: null, speed: 5, size: "medium", find: "", folded: [], open: null };

export function readMedia(search: URLSearchParams): MediaState {
  const at = search.get("at");
  const size = search.get("size") as PanelSize;
  const speed = Number(search.get("speed"));
  return {
    at: at !== null && /^\d{1,16}$/.test(at) ? Number(at) : null,
    speed: SPEEDS.includes(speed) ? speed : MEDIA_DEFAULTS.speed,
    size: PANEL_SIZES.includes(size) ? size : MEDIA_DEFAULTS.size,
    find: search.get("find") ?? "",
    folded: (search.get("folded") ?? "").split(",").filter(Boolean).map(unescaped),
    open: search.get("open") || null,
  };
}

export function writeMedia(state: Partial<MediaState>): Record<string, string | null> {
  const out: Record<string, string | null> = {};
  if (state.at !== undefined) out.at = state.at === null ? null : String(state.at);
  if (state.speed !== undefined) out.speed = state.speed === MEDIA_DEFAULTS.speed ? null : String(state.speed);
  if (state.size !== undefined) out.size = state.size === MEDIA_DEFAULTS.size ? null : state.size;
  if (state.find !== undefined) out.find = state.find || null;
  if (state.folded !== undefined) out.folded = state.folded.map(escaped).join(",") || null;
  if (state.open !== undefined) out.open = state.open;
  return out;
}

/** Parameter that holds the settings of one panel: `s.samples=compare:diff;rate:2`. */
export function settingsName(key: string): string {
  return `s.${key}`;
}

export function readSettings(text: string | null): Readonly<Record<string, string>> {
  const parts = (text ?? "").split(";").filter((part) => part.includes(":"));
  return Object.fromEntries(
    parts.map((part) => {
      const cut = part.indexOf(":");
      return [unescaped(part.slice(0, cut)), unescaped(part.slice(cut + 1))];
    }),
  );
}

/** The parameter after some settings were set and others (`null`) removed; `null` when none is left. */
export function writeSettings(
  settings: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>>,
): string | null {
  const next = { ...settings, ...changes };
  const set = Object.entries(next).filter((entry): entry is [string, string] => entry[1] !== null);
  return set.map(([name, value]) => `${escaped(name)}:${escaped(value)}`).join(";") || null;
}

function escaped(text: string): string {
  return text.replaceAll(/[%,;:]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

function unescaped(text: string): string {
  return text.replaceAll(/%(25|2C|3B|3A)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
