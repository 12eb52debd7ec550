/** The settings of a view: a quiet bar that appears with the pointer or the focus, and stays in full screen. */

import { element } from "./dom.ts";
import type { Settings } from "./view.ts";

export interface Choice {
  /** Name of the setting in the address. */
  readonly name: string;
  readonly label: string;
  /** Value and text; the first is the default, which the address leaves out. */
  readonly options: readonly (readonly [value: string, text: string])[];
}

type Change = (changes: Readonly<Record<string, string | null>>) => void;

/** The value of a setting among those that are possible. */
export function chosen(settings: Settings, choice: Choice): string {
  const value = settings[choice.name];
  return choice.options.some(([one]) => one === value) ? (value as string) : (choice.options[0]?.[0] ?? "");
}

export class Controls {
  readonly bar = element("div", "view-bar");
  private shown = "";

  constructor(
    host: HTMLElement,
    private readonly change: Change,
  ) {
    this.bar.setAttribute("role", "group");
    this.bar.setAttribute("aria-label", "Settings");
    host.append(this.bar);
  }

  /**
   * Show these choices with their present values. Nothing is made anew while they stay the same, so that the focus
   * stays where it is.
   */
  update(choices: readonly Choice[], settings: Settings): void {
    const offered = JSON.stringify(choices);
    if (offered !== this.shown) {
      this.shown = offered;
      this.bar.replaceChildren(...choices.map((choice) => this.one(choice)));
      this.bar.hidden = choices.length === 0;
    }
    for (const choice of choices) this.set(choice, chosen(settings, choice));
  }

  /** A field of a view's own, behind the choices. */
  append(...fields: HTMLElement[]): void {
    // Moving a field would take the focus from it.
    for (const field of fields) if (field.parentElement !== this.bar) this.bar.append(field);
  }

  private one(choice: Choice): HTMLElement {
    return choice.options.length === 2 && choice.options[0]?.[1] === "" ? this.toggle(choice) : this.select(choice);
  }

  private select({ name, label, options }: Choice): HTMLElement {
    const field = element("label", "view-choice");
    const select = element("select");
    select.dataset.setting = name;
    select.setAttribute("aria-label", label);
    select.title = label;
    for (const [value, text] of options) select.append(new Option(text, value));
    select.addEventListener("change", () => {
      this.change({ [name]: select.value === options[0]?.[0] ? null : select.value });
    });
    field.append(select);
    return field;
  }

  /** A choice whose default has no text is on or off. */
  private toggle({ name, label, options }: Choice): HTMLElement {
    const button = element("button", "toggle", options[1]?.[1] ?? label);
    button.type = "button";
    button.dataset.setting = name;
    button.title = label;
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") === "true";
      this.change({ [name]: on ? null : (options[1]?.[0] ?? null) });
    });
    return button;
  }

  private set(choice: Choice, value: string): void {
    const field = this.bar.querySelector(`[data-setting="${CSS.escape(choice.name)}"]`);
    if (field instanceof HTMLSelectElement && field.value !== value) field.value = value;
    if (field instanceof HTMLButtonElement)
      field.setAttribute("aria-pressed", String(value !== choice.options[0]?.[0]));
  }
}
