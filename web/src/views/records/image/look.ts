/** Which values are black and which are white: the range of a picture, as logged or as chosen. */

import type { MapName } from "../../../lib/colormap.ts";
import { extremesOf, type Look, type Raster } from "../../../lib/raster.ts";
import type { Settings } from "../view.ts";
import type { Picture } from "./source.ts";

export type Range = readonly [number, number];

const MAPS: readonly MapName[] = ["gray", "viridis", "cividis", "inferno"];

/** The range that a picture was logged with, as the server draws it too; `null` is that of each picture alone. */
export function loggedRange(picture: Picture): Range | null {
  const { range, dtype, low, high } = picture;
  if (range === "each") return null;
  if (Array.isArray(range) && range.length === 2) return [Number(range[0]), Number(range[1])];
  if (dtype === "uint8") return [0, 255];
  return low === null || high === null ? null : [low, high];
}

/** The range that the settings ask for; `null` is that of each picture alone. */
export function rangeOf(picture: Picture, settings: Settings, ofKey: Range | null): Range | null {
  switch (settings.range) {
    case "each":
      return null;
    case "key":
      return ofKey ?? loggedRange(picture);
    case "fixed": {
      const [low, high] = [Number(settings.low ?? "0"), Number(settings.high ?? "1")];
      return low < high ? [low, high] : loggedRange(picture);
    }
    default:
      return loggedRange(picture);
  }
}

function channelOf(picture: Picture, settings: Settings): number | null {
  const channel = Number(settings.channel ?? "");
  return settings.channel && channel < picture.channels && picture.channels > 1 ? channel : null;
}

/** How a picture whose values are known is drawn. */
export function lookOf(picture: Picture, raster: Raster, settings: Settings, ofKey: Range | null): Look {
  const channel = channelOf(picture, settings);
  const [low, high] = rangeOf(picture, settings, ofKey) ?? extremesOf(raster, channel) ?? [0, 1];
  const map = MAPS.find((name) => name === settings.map) ?? "gray";
  return { low, high, channel, map };
}
