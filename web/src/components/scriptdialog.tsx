/** Asking for a script to be run as a job: its words, its folder, and what its job and runs are called. */

import "../styles/models.css";
import { type FormEvent, useId, useState } from "react";
import { submitJob } from "../api/jobs.ts";
import { commandWords, shellOnly } from "../lib/commandwords.ts";
import { jobPath } from "../lib/url.ts";
import { navigate } from "../state/router.ts";
import { Dialog } from "./dialog.tsx";
import { Trouble } from "./trouble.tsx";

/** The folder that was asked for last, for the next script is most often beside it. */
const FOLDER = "gnomon.script.folder";

export function ScriptDialog({ onClose }: { onClose: () => void }) {
  const [command, setCommand] = useState("python train.py");
  const [folder, setFolder] = useState(() => localStorage.getItem(FOLDER) ?? "");
  const [name, setName] = useState("");
  const [project, setProject] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const id = useId();
  const words = commandWords(command);
  const isGood = words !== null && words.length > 0 && folder.startsWith("/");
  const said = words === null ? "A quote is still open." : shellOnly(words);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isGood || busy) return;
    setBusy(true);
    localStorage.setItem(FOLDER, folder);
    const called = { ...(name.trim() && { name: name.trim() }), ...(project.trim() && { project: project.trim() }) };
    submitJob({ kind: "script", script: { argv: [...words], cwd: folder }, ...called }).then(
      ({ job }) => navigate(jobPath(job.id)),
      (cause: unknown) => {
        setBusy(false);
        setRefused(cause);
      },
    );
  };
  const field = (
    key: string,
    label: string,
    value: string,
    set: (value: string) => void,
    hint: string,
    mono = false,
  ) => (
    <>
      <label htmlFor={id + key}>{label}</label>
      <input
        id={id + key}
        type="text"
        className={mono ? "mono" : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={hint}
        value={value}
        onChange={(event) => set(event.target.value)}
      />
    </>
  );
  return (
    <Dialog title="Run a script" className="md-dialog" onClose={onClose}>
      <form className="md-form" onSubmit={submit}>
        <fieldset>
          {field("command", "command", command, setCommand, "python train.py", true)}
          {field("folder", "in folder", folder, setFolder, "/home/me/project, on the server's machine", true)}
          {field("name", "name", name, setName, "after the command")}
          {field("project", "project", project, setProject, "default")}
          <p className="muted md-wide" role="status">
            {said ||
              "It waits in the queue; runs that it begins are ordinary runs, with what it prints in their console."}
          </p>
        </fieldset>
        {refused !== null && <Trouble cause={refused} small />}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={!isGood || busy}>
            Submit
          </button>
        </div>
      </form>
    </Dialog>
  );
}
