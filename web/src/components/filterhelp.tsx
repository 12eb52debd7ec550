/** How filters are written, with examples that can be tried. */

import { Dialog } from "./dialog.tsx";

const EXAMPLES: readonly (readonly [string, string])[] = [
  ["config.lr < 0.3 and metric.val/acc.max > 0.9", "a config key and the best value of a metric"],
  ["metric.val/loss.at_max(val/acc) < 0.2", "a metric at the step where another one is best"],
  ["state = failed or attr.duration > 3600", "failed, or longer than an hour"],
  ["tag.best and not attr.archived = true", "tagged, and not archived"],
  ["config.model in ('resnet18', 'resnet50')", "one of several values"],
  ["name like 'sweep-%'", "a pattern: % stands for anything"],
  ["config.dropout is null", "a key that a run does not have"],
  ["created > '2026-11-01'", "begun after a day"],
  ["otter", "a word alone: the name contains it"],
];

interface Props {
  readonly onTry: (where: string) => void;
  readonly onClose: () => void;
}

export function FilterHelp({ onTry, onClose }: Props) {
  return (
    <Dialog title="Filters" onClose={onClose}>
      <p className="muted">
        Compare <code>config.KEY</code>, <code>metric.KEY.last</code> (<code>.min</code>, <code>.max</code>,{" "}
        <code>.mean</code>), <code>tag.NAME</code> and <code>attr.NAME</code> with{" "}
        <code>= != &lt; &lt;= &gt; &gt;=</code>, <code>like</code>, <code>in (…)</code> and <code>is null</code>; join
        with <code>and</code>, <code>or</code>, <code>not</code> and parentheses. Unusual names stand in backticks. The
        same filters work in Python, in the terminal and over HTTP.
      </p>
      <ul className="filter-examples">
        {EXAMPLES.map(([filter, meaning]) => (
          <li key={filter}>
            <button
              type="button"
              className="text"
              onClick={() => {
                onClose();
                onTry(filter);
              }}
            >
              <code>{filter}</code>
            </button>
            <span className="muted">{meaning}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
