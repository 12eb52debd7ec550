import { expect, test } from "vitest";
import {
  MEDIA_DEFAULTS,
  type MediaState,
  readMedia,
  readSettings,
  settingsName,
  writeMedia,
  writeSettings,
} from "../../src/lib/media.ts";
import { mergeSearch } from "../../src/lib/url.ts";

function through(state: MediaState): MediaState {
  return readMedia(new URLSearchParams(mergeSearch(new URLSearchParams(), writeMedia(state))));
}

test("what is shown comes back from the address", () => {
  const state: MediaState = {
    at: 1200,
    speed: 25,
    size: "large",
    find: "^val/.*%;:&",
    folded: ["train", "a,b;c:d%e"],
    open: "val/samples",
  };
  expect(through(state)).toEqual(state);
});

test("the default leaves the address empty, and only what changes is written", () => {
  expect(mergeSearch(new URLSearchParams(), writeMedia(MEDIA_DEFAULTS))).toBe("");
  expect(writeMedia({ find: "x" })).toEqual({ find: "x" });
});

test("an address that makes no sense shows the default", () => {
  expect(readMedia(new URLSearchParams("at=-3&speed=7&size=huge&folded=&open="))).toEqual(MEDIA_DEFAULTS);
});

test("settings of a panel stay readable and keep every sign", () => {
  const text = writeSettings({}, { compare: "diff", with: "key:a;b,c%25", rate: null });
  expect(text).toBe("compare:diff;with:key%3Aa%3Bb%2Cc%2525");
  expect(readSettings(text)).toEqual({ compare: "diff", with: "key:a;b,c%25" });
  expect(mergeSearch(new URLSearchParams(), { [settingsName("val/x")]: "compare:diff" })).toBe(
    "?s.val/x=compare%3Adiff",
  );
});

test("a setting that goes back to its default goes from the address, the last one with the parameter", () => {
  expect(writeSettings({ compare: "diff", rate: "2" }, { rate: null })).toBe("compare:diff");
  expect(writeSettings({ compare: "diff" }, { compare: null })).toBeNull();
  expect(readSettings(null)).toEqual({});
});
