// Sets the ground before the first paint, so that a dark page does not flash white. The rest is in src/state/theme.ts.
// And says so where the page itself cannot come: gnomon is being updated just then.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("gnomon.theme");
  } catch {
    // Nothing is remembered: follow the system.
  }
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  addEventListener(
    "error",
    ({ target }) => {
      const root = document.getElementById("root");
      if (!(target instanceof HTMLScriptElement) || root === null || root.childElementCount > 0) return;
      root.textContent =
        "This page could not be loaded: gnomon is being updated, or does not answer. Reload it in a moment.";
      root.style.padding = "24px";
    },
    true,
  );
})();
