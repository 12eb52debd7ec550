/** What keys do. */

import { Dialog } from "./dialog.tsx";

const GROUPS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    "Charts",
    [
      ["drag", "zoom all charts"],
      ["double click", "show everything again"],
      ["Shift drag", "pan"],
      ["Ctrl wheel", "zoom around the pointer"],
      ["l", "logarithmic y axis"],
      ["s", "smoothing on and off"],
      ["/", "filter charts"],
    ],
  ],
  [
    "The chart under the pointer or in focus",
    [
      ["← →", "move the cursor, point by point"],
      ["Home End", "first and last point"],
      ["Shift ← →", "pan"],
      ["+ − 0", "zoom in, out, reset"],
      ["f", "full screen"],
      ["t", "table of values"],
    ],
  ],
  [
    "Media",
    [
      ["← →", "previous and next step, on the whole page"],
      ["Shift ← →", "ten steps"],
      ["Home End", "first step; newest, and follow"],
      ["Space", "play"],
      ["f", "full screen"],
      ["[ ]", "previous and next panel in full screen"],
      ["+ − 0", "zoom into a picture in focus, reset"],
      ["i", "read its pixels with the arrow keys"],
      [", .", "move the divider of a wipe"],
    ],
  ],
  [
    "Dashboards",
    [
      ["f", "the panel under the pointer in full screen, or all of them"],
      ["← → ↑ ↓", "move the panel whose handle is in focus"],
      ["Shift ← → ↑ ↓", "resize it"],
      ["← →", "on the scrubber: from change to change"],
    ],
  ],
  [
    "Run table",
    [
      ["↑ ↓", "move"],
      ["Space", "select the run"],
      ["Shift ↑ ↓", "select a range"],
      ["Enter", "open the run"],
      ["Esc", "clear the selection"],
    ],
  ],
];

export function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Shortcuts" onClose={onClose}>
      {GROUPS.map(([title, keys]) => (
        <section key={title} className="shortcuts">
          <h3>{title}</h3>
          <dl>
            {keys.map(([key, what]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
