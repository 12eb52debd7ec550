// Sets the ground before the first paint, so that a dark page does not flash white. The rest is in src/state/theme.ts.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("gnomon.theme");
  } catch {
    // Nothing is remembered: follow the system.
  }
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
