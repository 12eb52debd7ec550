/** What a leaderboard says when there is little to rank: how the next run makes it better. */

import { CodeBlock } from "../components/copy.tsx";

const EVALUATE = `run.use_data(x_train, y_train)                      # which data: only equal data is ranked together
run.evaluate(y_test, scores=model.predict_proba(x_test))   # accuracy, F1, AUC, ROC, confusion matrix`;

const SEEDS = `for seed in range(5):
    run = gnomon.init(project="…", config={"lr": 0.1, "seed": seed})`;

/** The project has runs, but no numbers. */
export function NoMetrics({ project }: { project: string }) {
  return (
    <div className="teach">
      <h1>Nothing to rank in {project} yet</h1>
      <p className="muted">
        A leaderboard ranks configurations by a number that their runs logged, any number. What was evaluated the same
        way on the same data is ranked together. This page comes alive with the first value.
      </p>
      <CodeBlock code={EVALUATE} what="the Python lines" />
      <p className="waiting" role="status">
        <span className="dot" aria-hidden="true" /> waiting for the first number
      </p>
    </div>
  );
}

/** Ranked, but nothing shows that the runs can be compared. */
export function NothingEvaluated({ caveat }: { caveat: string }) {
  return (
    <details className="lb-caveat">
      <summary>{caveat}</summary>
      <CodeBlock code={EVALUATE} what="the Python lines" />
    </details>
  );
}

/** No configuration has a second seed. */
export function OneRunEach() {
  return (
    <details className="lb-caveat">
      <summary>One run of each configuration says nothing about luck: repeat them with other seeds.</summary>
      <p className="muted">
        Runs whose config differs in <code>seed</code> alone become one row, with a mean and its interval. From three
        seeds on a test says which rows are worse than the best.
      </p>
      <CodeBlock code={SEEDS} what="the Python lines" />
    </details>
  );
}
