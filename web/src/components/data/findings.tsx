/** What to beware of in data, one sentence each with its numbers. */

import type { Finding, Split } from "../../lib/dataset.ts";

/** What spoils a result without being seen; the rest costs only rows or columns. */
const GRAVE = new Set(["leak", "duplicates", "unseen", "imbalance", "future", "groups"]);
const TITLES: Readonly<Record<string, string>> = {
  imbalance: "Classes are uneven",
  missing: "Values are missing",
  duplicates: "Rows come twice",
  leak: "A column may give it away",
  constant: "A column never changes",
  key: "A column names its rows",
  unseen: "Classes are not in train",
  small: "A class is small",
  future: "Later rows in train",
  groups: "Rows that belong together are in two parts",
};

interface Props {
  readonly findings: readonly Finding[];
  /** Takes the split that would mend one; without it nothing is offered. */
  readonly onSplit?: (split: Partial<Split>) => void;
}

export function Findings({ findings, onSplit }: Props) {
  if (findings.length === 0) return <p className="ds-well">✓ Nothing to beware of was found.</p>;
  const ordered = [...findings].sort((a, b) => Number(GRAVE.has(b.code)) - Number(GRAVE.has(a.code)));
  return (
    <ul className="ds-findings" aria-label="What to beware of">
      {ordered.map(({ code, column, message, fix }) => (
        <li key={code + column + message} className={GRAVE.has(code) ? "grave" : undefined}>
          <span className="ds-sign" aria-hidden="true">
            {GRAVE.has(code) ? "▲" : "●"}
          </span>
          <span>
            <b>{TITLES[code] ?? code}</b>
            {column !== "" && (
              <>
                {" "}
                <code>{column}</code>
              </>
            )}
            <br />
            {message}
            {fix && onSplit && (
              <button type="button" className="small" onClick={() => onSplit(fix.split)}>
                {fix.title}
              </button>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
