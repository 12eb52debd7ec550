/** Nested config as pairs: `{"opt": {"lr": 0.1}}` is `opt.lr`, the way filters name it. */

export function flatten(value: Readonly<Record<string, unknown>>, prefix = ""): [string, unknown][] {
  return Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const name = prefix ? `${prefix}.${key}` : key;
    const nested =
      typeof inner === "object" && inner !== null && !Array.isArray(inner) && Object.keys(inner).length > 0;
    return nested ? flatten(inner as Record<string, unknown>, name) : [[name, inner]];
  });
}
