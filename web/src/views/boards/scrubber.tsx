/** The time scrubber: every moment at which something changed, from the first to now. */

import { useEffect, useState } from "react";
import { formatInteger } from "../../lib/format.ts";
import { formatMoment } from "../../lib/time.ts";

interface Props {
  /** UTC seconds, ascending. */
  readonly moments: readonly number[];
  readonly at: number | null;
  /** What is shown is not that moment yet: playing waits for it. */
  readonly busy: boolean;
  /** `null` goes back to now. `settled` is false while it is dragged or played. */
  readonly onAt: (at: number | null) => void;
}

/** A whole history plays in about this time, and no faster than ten moments in a second. */
const PLAY_MS = 12_000;
const FASTEST_MS = 100;

export function Scrubber({ moments, at, busy, onAt }: Props) {
  const [playing, setPlaying] = useState(false);
  /** Where the slider was put; the address, and with it `at`, follows a little later. */
  const [ahead, setAhead] = useState<{ readonly at: number | null } | null>(null);
  const last = moments.length;
  const shown = ahead === null ? at : ahead.at;
  const place = shown === null ? last : placeOf(moments, shown);
  const go = (next: number): void => {
    const wanted = next >= last ? null : (moments[Math.max(0, next)] as number);
    setAhead({ at: wanted });
    onAt(wanted);
  };
  useEffect(() => {
    if (ahead?.at === at) setAhead(null);
  }, [ahead, at]);
  useEffect(() => {
    if (!playing || busy || ahead !== null) return;
    if (place >= last) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => go(place + 1), Math.max(FASTEST_MS, Math.min(600, PLAY_MS / Math.max(1, last))));
    return () => clearTimeout(timer);
  });
  if (last < 2) return null;
  const play = (): void => {
    if (!playing && place >= last) go(0);
    setPlaying(!playing);
  };
  return (
    <section className={at === null ? "scrubber" : "scrubber past"} aria-label="Time">
      <button
        type="button"
        className="quiet"
        onClick={play}
        aria-label={playing ? "Pause" : "Play the history"}
        title={playing ? "Pause" : "Play the history"}
      >
        {playing ? "❚❚" : "▶"}
      </button>
      <input
        type="range"
        min="0"
        max={last}
        step="1"
        value={place}
        aria-label="Moment"
        aria-valuetext={at === null ? "now" : formatMoment(at)}
        onChange={(event) => {
          setPlaying(false);
          go(Number(event.target.value));
        }}
      />
      <output>
        {at === null ? (
          <span className="muted">{formatInteger(last)} moments</span>
        ) : (
          <>
            {formatMoment(at)}{" "}
            <span className="muted">
              {formatInteger(place + 1)} of {formatInteger(last)}
            </span>
          </>
        )}
      </output>
      <button
        type="button"
        className="small scrubber-now"
        aria-pressed={at === null}
        onClick={() => {
          setPlaying(false);
          go(last);
        }}
      >
        <span className="dot" aria-hidden="true" /> now
      </button>
    </section>
  );
}

/** Index of the last moment that is not after a time. */
function placeOf(moments: readonly number[], at: number): number {
  let place = 0;
  for (const [i, moment] of moments.entries()) if (moment <= at + 1e-6) place = i;
  return place;
}
