/** Parts of the page that are loaded when they are needed, and are not there any more. */

/** How browsers say that code, or what styles it, could not be fetched. */
const SAID = /dynamically imported module|importing a module script failed|unable to preload css/i;

/** Whether a part of the page could not be fetched: gnomon was updated while the page was open, or does not answer. */
export function isGone(cause: unknown): boolean {
  return cause instanceof Error && SAID.test(cause.message);
}
