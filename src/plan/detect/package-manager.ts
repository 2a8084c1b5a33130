export interface PackageManager {
  readonly name: "npm" | "pnpm" | "yarn";
  /** The file that gave it away. */
  readonly because: string;
  /** Installs exactly what the lock file says; null without a lock file. */
  readonly locked: string | null;
  /** Starts a program of a package, whose words follow. */
  readonly execute: string;
  /** Stands between the name of a script and arguments for it. */
  readonly passOn: readonly string[];
}

export function detectManager(names: ReadonlySet<string>, declared: string): PackageManager {
  if (names.has("pnpm-lock.yaml") || declared.startsWith("pnpm@")) {
    const lock = names.has("pnpm-lock.yaml");
    return {
      name: "pnpm",
      because: lock ? "pnpm-lock.yaml" : "package.json",
      locked: lock ? "pnpm install --frozen-lockfile" : null,
      execute: "pnpm exec",
      passOn: [],
    };
  }
  if (names.has("yarn.lock") || declared.startsWith("yarn@")) {
    const lock = names.has("yarn.lock");
    const modern = names.has(".yarnrc.yml") || /^yarn@([2-9]|\d\d)/.test(declared);
    return {
      name: "yarn",
      because: lock ? "yarn.lock" : "package.json",
      locked: lock ? `yarn install ${modern ? "--immutable" : "--frozen-lockfile"}` : null,
      execute: "yarn run",
      passOn: [],
    };
  }
  const lock = ["package-lock.json", "npm-shrinkwrap.json"].find((name) => names.has(name));
  return {
    name: "npm",
    because: lock ?? "package.json",
    locked: lock === undefined ? null : "npm ci",
    execute: "npx",
    passOn: ["--"],
  };
}

/** Runs a script of package.json; all three know `test` by its own name. */
export const runScript = ({ name }: PackageManager, script: string): readonly [string, ...string[]] =>
  script === "test" ? [name, "test"] : [name, "run", script];
