/** Taking a data set out of the list: what goes, and what stays. */

import { useState } from "react";
import { type Dataset, deleteDataset } from "../api/datasets.ts";
import { Dialog } from "../components/dialog.tsx";
import { Trouble } from "../components/trouble.tsx";
import { plural } from "../lib/format.ts";
import { DATASETS_PATH } from "../lib/url.ts";
import { navigate } from "../state/router.ts";

export function ForgetDialog({ data, onClose }: { data: Dataset; onClose: () => void }) {
  const [refused, setRefused] = useState<unknown>(null);
  const used = [
    data.graphs > 0 ? plural(data.graphs, "graph") : "",
    data.runs > 0 ? plural(data.runs, "run") : "",
  ].filter((words) => words !== "");
  const forget = (): void => {
    deleteDataset(data.name).then(() => navigate(DATASETS_PATH), setRefused);
  };
  return (
    <Dialog title={`Forget ${data.name}?`} onClose={onClose}>
      <p>
        It goes from the list. Its files stay where they are, and{" "}
        {used.length > 0 ? `the ${used.join(" and ")} with it` : "whatever names one of its versions"} can still read
        that version by its digest.
      </p>
      {refused !== null && <Trouble cause={refused} small />}
      <p className="ds-answers">
        <button type="button" onClick={onClose}>
          Keep it
        </button>
        <button type="button" className="primary" onClick={forget}>
          Forget it
        </button>
      </p>
    </Dialog>
  );
}
