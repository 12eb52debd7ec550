/** Something went wrong: what, and what to do. */

import { Problem } from "../api/client.ts";
import { isGone } from "../lib/updated.ts";

interface Props {
  readonly cause: unknown;
  readonly onRetry?: () => void;
  readonly small?: boolean;
}

export function Trouble({ cause, onRetry, small = false }: Props) {
  const gone = isGone(cause);
  const problem = gone ? UPDATED : cause instanceof Problem ? cause : new Problem("Something broke", String(cause), 0);
  return (
    <div className={small ? "trouble small" : "trouble"} role="alert">
      <p>
        <strong>{problem.title}</strong>
        {problem.detail && problem.detail !== problem.title && <> {problem.detail}</>}
      </p>
      {problem.hint && !FOR_PROGRAMS.test(problem.hint) && <p className="muted">{withCode(problem.hint)}</p>}
      {(gone || onRetry) && (
        <button type="button" className="small" onClick={gone ? () => location.reload() : onRetry}>
          {gone ? "Reload" : "Try again"}
        </button>
      )}
    </div>
  );
}

const UPDATED = new Problem(
  "Reload the page:",
  "gnomon was updated while it was open, or does not answer. A part of it could not be loaded.",
  0,
);

/** Hints to who writes requests: nobody who reads a page does. */
const FOR_PROGRAMS = /\/openapi\.json|\b(GET|POST|PATCH|PUT|DELETE) \/api\//;

/** Text in which what stands between backticks is code. */
export function withCode(text: string) {
  // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one sentence never move
  return text.split("`").map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part));
}
