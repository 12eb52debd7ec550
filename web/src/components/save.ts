/** Hands a file that was made here to the browser, to keep. */

export function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser takes the file over before this runs.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
