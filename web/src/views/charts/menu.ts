/** What can be done with one chart. */

import { pointsUrl } from "../../api/charts.ts";
import type { MenuItem } from "../../components/menu.tsx";
import { save } from "../../components/save.ts";
import {
  arranged,
  configured,
  isCustom,
  isPinned,
  type Layout,
  MOST_COLUMNS,
  moved,
  nudged,
  PINNED,
  pinned,
  removed,
  sectionNames,
  settingsOf,
  spanOf,
} from "../../lib/arrangement.ts";
import type { ChartState } from "../../lib/url.ts";
import type { Edit } from "../../state/layouts.ts";
import type { ChartSpec } from "../line/spec.ts";

interface Context {
  readonly id: string;
  readonly keys: readonly string[];
  readonly apart: ReadonlySet<string>;
  readonly layout: Layout;
  readonly spec: ChartSpec;
  readonly zoom: ChartState["zoom"];
  readonly edit: (edit: Edit) => void;
  readonly onSettings: () => void;
  readonly onTable: () => void;
  readonly onProblem: (cause: unknown) => void;
}

/** More sections than this are moved to by dragging. */
const SECTIONS = 8;

export function chartMenu(context: Context): MenuItem[] {
  const { id, keys, apart, layout, edit } = context;
  const all = arranged(keys, layout, apart);
  const here = all.find((section) => section.keys.includes(id));
  const at = here?.keys.indexOf(id) ?? 0;
  const span = spanOf(layout, id);
  const changed = Object.keys(settingsOf(layout, id)).length > 0;
  const others = sectionNames(all, SECTIONS).filter((name) => name !== here?.name && name !== PINNED);
  return [
    { label: "Settings and metrics…", note: "e", act: context.onSettings },
    {
      label: isPinned(layout, id) ? "Unpin" : "Pin to the top",
      note: "p",
      act: () => edit((now) => pinned(now, id, !isPinned(now, id))),
    },
    { label: "Values as a table", note: "t", act: context.onTable },
    "line",
    {
      label: "Wider",
      disabled: span >= MOST_COLUMNS,
      act: () => edit((now) => configured(now, id, { span: span + 1 })),
    },
    { label: "Narrower", disabled: span <= 1, act: () => edit((now) => configured(now, id, { span: span - 1 })) },
    {
      label: "Move earlier",
      disabled: at <= 0,
      act: () => edit((now) => nudged(now, arranged(keys, now, apart), id, -1)),
    },
    {
      label: "Move later",
      disabled: !here || at >= here.keys.length - 1,
      act: () => edit((now) => nudged(now, arranged(keys, now, apart), id, 1)),
    },
    ...others.map((name) => ({
      label: `Move to ${name}`,
      act: () => edit((now) => moved(now, arranged(keys, now, apart), id, name, null)),
    })),
    "line",
    ...downloads(context),
    ...(isCustom(id) || changed
      ? ([
          "line",
          {
            label: isCustom(id) ? "Remove the chart" : "Back to the default",
            danger: isCustom(id),
            act: () => edit((now) => removed(now, id)),
          },
        ] as const)
      : []),
  ];
}

function downloads({ spec, zoom, onProblem }: Context): MenuItem[] {
  const picture = (kind: "png" | "svg") => () => {
    import("../line/picture.ts").then(({ savePicture }) => savePicture(kind, spec, zoom)).catch(onProblem);
  };
  const url = pointsUrl(
    spec.runs.map((run) => run.id),
    spec.lines,
    spec.chart.x,
    spec.linked ? zoom : null,
  );
  return [
    { label: "Download PNG", act: picture("png") },
    { label: "Download SVG", act: picture("svg") },
    {
      label: "Download CSV",
      note: zoom && spec.linked ? "points shown" : "every point",
      disabled: spec.runs.length === 0,
      act: () => save(url, `${spec.title}.csv`),
    },
  ];
}
