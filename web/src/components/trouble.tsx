/** Something went wrong: what, and what to do. */

import { Problem } from "../api/client.ts";

interface Props {
  readonly cause: unknown;
  readonly onRetry?: () => void;
  readonly small?: boolean;
}

export function Trouble({ cause, onRetry, small = false }: Props) {
  const problem = cause instanceof Problem ? cause : new Problem("Something broke", String(cause), 0);
  return (
    <div className={small ? "trouble small" : "trouble"} role="alert">
      <p>
        <strong>{problem.title}</strong>
        {problem.detail && problem.detail !== problem.title && <> {problem.detail}</>}
      </p>
      {problem.hint && <p className="muted">{withCode(problem.hint)}</p>}
      {onRetry && (
        <button type="button" className="small" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Text in which what stands between backticks is code. */
export function withCode(text: string) {
  // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one sentence never move
  return text.split("`").map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part));
}
