/** Media of one run or of several: everything that was logged and is not a number. */

import { useCallback, useEffect, useMemo } from "react";
import { CodeBlock } from "../components/copy.tsx";
import { Trouble } from "../components/trouble.tsx";
import { type MediaState, readMedia, readSettings, settingsName, writeMedia, writeSettings } from "../lib/media.ts";
import type { RecordCatalog } from "../state/records.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { type Store, useStore } from "../state/store.ts";
import type { MediaRun } from "../views/records/control.ts";
import { OwnedMedia } from "../views/records/shared.ts";
import { MediaWorkspace, usePlayerAddress } from "../views/records/workspace.tsx";
import { useOwned } from "./owned.ts";

interface Props {
  readonly catalog: RecordCatalog;
  readonly runs: readonly MediaRun[];
  /** How many runs were asked for; their names may still be on their way. */
  readonly asked: number;
  /** Highlighted run, where a table stands beside. */
  readonly hover?: Store<string | null>;
}

export function MediaPane({ catalog, runs, asked, hover }: Props) {
  const { search } = usePlace();
  const media = useOwned(() => new OwnedMedia(catalog.reader, hover));
  const state = useMemo(() => readMedia(search), [search]);
  const keys = useStore(catalog.keys);
  const problem = useStore(catalog.problem);
  const onChange = useCallback(
    (changes: Partial<MediaState>, push = false) => setSearch(writeMedia(changes), push),
    [],
  );
  const onSettings = useCallback((key: string, changes: Readonly<Record<string, string | null>>) => {
    const name = settingsName(key);
    const before = readSettings(new URLSearchParams(location.search).get(name));
    setSearch({ [name]: writeSettings(before, changes) });
  }, []);
  usePlayerAddress(media, state, onChange);
  useEffect(() => media.tracks.compare(keys), [media, keys]);
  const none = [...keys.values()].every((rows) => Object.keys(rows).length === 0);
  if (problem !== null && none) return <Trouble cause={problem} onRetry={() => catalog.retry()} />;
  if (keys.size < asked && none) return <Waiting />;
  if (none) return <TeachMedia count={asked} />;
  return (
    <MediaWorkspace
      keys={keys}
      runs={runs}
      media={media}
      state={state}
      onChange={onChange}
      settings={(key) => search.get(settingsName(key))}
      onSettings={onSettings}
    />
  );
}

function Waiting() {
  return (
    <div className="media-waiting" aria-busy="true">
      {Array.from({ length: 6 }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: six alike
        <div key={i} className="skeleton" />
      ))}
    </div>
  );
}

const PYTHON = `import gnomon
run = gnomon.init(project="my-project")
run.log({"samples": gnomon.Image(x)}, step=1)        # an array, a tensor, a PIL image
run.log({"batch": gnomon.Images(batch)}, step=1)     # a grid with captions
run.log({"report": "any text", "settings": {"any": ["JSON"]}, "figure": fig}, step=1)`;

function TeachMedia({ count }: { count: number }) {
  return (
    <div className="teach">
      <h1>No media yet</h1>
      <p className="muted">
        {count === 1 ? "This run has" : "These runs have"} logged nothing but numbers. Log anything else in the same
        way; it appears here by itself.
      </p>
      <CodeBlock code={PYTHON} what="the Python lines" />
      <p className="waiting" role="status">
        <span className="dot" aria-hidden="true" /> waiting for the first record
      </p>
    </div>
  );
}
