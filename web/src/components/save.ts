/** Hands a file that was made here, or what lies at an address, to the browser, to keep. */

export function save(file: Blob | string, name: string): void {
  const link = document.createElement("a");
  link.href = typeof file === "string" ? file : URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser takes the file over before this runs.
  if (typeof file !== "string") setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
