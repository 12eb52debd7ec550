/** The code editor: CodeMirror in a shadow root, where its styles are allowed, in the colours of the page. */

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { unifiedMergeView } from "@codemirror/merge";
import { search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, StateEffect, StateField, Transaction } from "@codemirror/state";
import { Decoration, type DecorationSet, drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { textEdit } from "../lib/codelines.ts";
import type { Mistake } from "../state/code.ts";

export interface EditorEvents {
  /** The whole text, after somebody typed. */
  type(text: string): void;
  /** The line of the cursor, counted from 1, when somebody moved it. */
  cursor(line: number): void;
}

/** A change that came from the graph, and is none of the user's. */
const FromGraph = Annotation.define<boolean>();
const markLines = StateEffect.define<readonly number[]>();

export class CodeEditor {
  private readonly view: EditorView;
  private readonly original = new Compartment();
  private readonly locked = new Compartment();
  private compared: string | null = null;
  private marked = "";

  constructor(host: HTMLElement, label: string, events: EditorEvents) {
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    root.replaceChildren();
    this.view = new EditorView({
      root,
      parent: root,
      extensions: [
        lineNumbers(),
        foldGutter(),
        lintGutter(),
        history(),
        drawSelection(),
        indentUnit.of("    "),
        EditorState.tabSize.of(4),
        indentOnInput(),
        bracketMatching(),
        python(),
        syntaxHighlighting(COLOURS),
        search({ top: true }),
        marks,
        keymap.of([indentWithTab, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": "keys", tabindex: "0" }),
        THEME,
        this.original.of([]),
        this.locked.of(EditorState.readOnly.of(true)),
        // A browser that types over a selection keeps its look in a style of its own, which our policy forbids.
        EditorView.domEventHandlers({ beforeinput: typeOver }),
        EditorView.updateListener.of((update) => {
          const typed = update.transactions.some((one) => one.docChanged && one.annotation(FromGraph) !== true);
          if (typed) events.type(update.state.doc.toString());
          if (update.selectionSet && !update.docChanged && update.view.hasFocus)
            events.cursor(update.state.doc.lineAt(update.state.selection.main.head).number);
        }),
      ],
    });
    const keys = document.createElement("p");
    keys.id = "keys";
    keys.hidden = true;
    keys.textContent = "Tab indents; press Escape and then Tab to leave the editor.";
    root.append(keys);
  }

  /** Show a text; only what differs is replaced, so that the cursor, folds and what can be undone stay. */
  show(text: string): void {
    const before = this.view.state.doc.toString();
    if (before === text) return;
    this.view.dispatch({
      changes: textEdit(before, text),
      annotations: [FromGraph.of(true), Transaction.addToHistory.of(false)],
    });
  }

  /** Mark the lines of what is selected on the canvas; scroll there unless somebody is writing. */
  mark(lines: readonly number[]): void {
    const key = lines.join();
    if (key === this.marked) return;
    this.marked = key;
    const { doc } = this.view.state;
    const kept = lines.filter((line) => line >= 1 && line <= doc.lines);
    const effects: StateEffect<unknown>[] = [markLines.of(kept)];
    const [first] = kept;
    if (first !== undefined && !this.view.hasFocus)
      effects.push(EditorView.scrollIntoView(doc.line(first).from, { y: "nearest", yMargin: 40 }));
    this.view.dispatch({ effects });
  }

  /** Say at its line what cannot be read. */
  tell(mistake: Mistake | null): void {
    const { state } = this.view;
    const line = mistake && state.doc.line(Math.max(1, Math.min(state.doc.lines, mistake.line)));
    const from = line && Math.min(line.to, line.from + Math.max(0, (mistake?.column ?? 1) - 1));
    const all =
      mistake && line && from !== null
        ? [{ from, to: line.to, severity: "error" as const, message: mistake.message }]
        : [];
    this.view.dispatch(setDiagnostics(state, all));
  }

  /** Show what differs from an earlier text; `null` is none. */
  compare(text: string | null): void {
    if (text === this.compared) return;
    this.compared = text;
    const merge =
      text === null ? [] : unifiedMergeView({ original: text, mergeControls: false, syntaxHighlightDeletions: true });
    this.view.dispatch({ effects: this.original.reconfigure(merge) });
  }

  /** Let the text be read only. */
  lock(locked: boolean): void {
    this.view.dispatch({ effects: this.locked.reconfigure(EditorState.readOnly.of(locked)) });
  }

  /** Put the cursor at a line. */
  go(line: number, column = 1): void {
    const { doc } = this.view.state;
    const at = doc.line(Math.max(1, Math.min(doc.lines, line)));
    this.view.dispatch({ selection: { anchor: Math.min(at.to, at.from + column - 1) }, scrollIntoView: true });
    this.view.focus();
  }

  destroy(): void {
    this.view.destroy();
  }
}

function typeOver(event: InputEvent, view: EditorView): boolean {
  if (event.inputType !== "insertText" || event.data === null || view.state.selection.main.empty) return false;
  if (view.state.readOnly) return false;
  view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
  event.preventDefault();
  return true;
}

const MARK = Decoration.line({ class: "cm-ours" });

const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(before, transaction) {
    let found = before.map(transaction.changes);
    for (const effect of transaction.effects)
      if (effect.is(markLines)) {
        const { doc } = transaction.state;
        found = Decoration.set(effect.value.map((line) => MARK.range(doc.line(line).from)));
      }
    return found;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--ansi-4)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--ansi-2)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--ansi-5)" },
  { tag: [tags.comment, tags.docComment], color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.definition(tags.variableName), tags.className, tags.definition(tags.className)], fontWeight: "600" },
  { tag: [tags.function(tags.definition(tags.variableName))], fontWeight: "600" },
  { tag: [tags.self, tags.meta], color: "var(--muted)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

const THEME = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--sunken)", fontSize: "12px" },
  // The host says where the focus is: an outline in here would run below the gutter.
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "19px", fontVariantLigatures: "none" },
  ".cm-content": { padding: "6px 0 24px", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 10px 0 6px" },
  ".cm-gutters": { border: "0", color: "var(--muted)", backgroundColor: "var(--sunken)" },
  ".cm-gutter-lint": { width: "14px" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "0 1px" },
  ".cm-lint-marker": { width: "10px", height: "10px" },
  ".cm-foldGutter span": { color: "var(--muted)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--r1) 26%, var(--sunken))",
  },
  "&.cm-focused .cm-matchingBracket, .cm-matchingBracket": {
    backgroundColor: "transparent",
    outline: "1px solid var(--line-strong)",
  },
  ".cm-ours": {
    backgroundColor: "color-mix(in srgb, var(--now) 9%, var(--sunken))",
    boxShadow: "inset 2px 0 var(--now)",
  },
  ".cm-tooltip, .cm-panels": {
    color: "var(--ink)",
    backgroundColor: "var(--surface)",
    borderColor: "var(--line-strong)",
    fontFamily: "var(--font)",
  },
  ".cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel button, .cm-panel input": {
    color: "var(--ink)",
    backgroundColor: "var(--surface)",
    backgroundImage: "none",
    border: "1px solid var(--line-strong)",
    borderRadius: "4px",
  },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)" },
  ".cm-insertedLine": { backgroundColor: "transparent", textDecoration: "none" },
  ".cm-changedLine": { backgroundColor: "color-mix(in srgb, var(--good) 12%, var(--sunken))" },
  ".cm-changedText": { background: "color-mix(in srgb, var(--good) 26%, var(--sunken)) !important" },
  ".cm-deletedChunk": { backgroundColor: "color-mix(in srgb, var(--bad) 10%, var(--sunken))" },
  ".cm-deletedChunk .cm-deletedText": { background: "color-mix(in srgb, var(--bad) 22%, var(--sunken))" },
  ".cm-changeGutter .cm-changedLineGutter": { backgroundColor: "var(--good)" },
  ".cm-changeGutter .cm-deletedLineGutter": { backgroundColor: "var(--bad)" },
});
