import { join } from "node:path";
import { z } from "zod";
import { parseJson } from "../domain/json.ts";
import type { CheckSpec } from "../domain/plan.ts";
import type { Files } from "../platform/ports.ts";

/** What a repository's own files say about how it is set up and checked. Proposals: nothing was run. */
export interface DetectedToolchain {
  /** The toolchains found, and the file that gave each away. */
  readonly found: readonly { readonly name: string; readonly because: string }[];
  /** Commands, run by `sh -c`. */
  readonly setup: readonly string[];
  readonly checks: readonly DetectedCheck[];
  /** What could not be read, as sentences. */
  readonly notes: readonly string[];
}

export interface DetectedCheck {
  readonly name: string;
  /** Run by `sh -c`. */
  readonly run: string;
}

interface Part {
  readonly name: string;
  readonly because: string;
  readonly setup: readonly string[];
  readonly checks: readonly DetectedCheck[];
  readonly note?: string;
}

export async function detectToolchain(files: Files, root: string): Promise<DetectedToolchain> {
  const folder: Folder = {
    names: new Set((await files.list(root)) ?? []),
    read: async (name) => (await files.read(join(root, name)))?.toString("utf8") ?? "",
    list: async (name) => (await files.list(join(root, name))) ?? [],
  };
  const detected = [
    await detectNode(folder),
    await detectPython(folder),
    detectGo(folder),
    detectCargo(folder),
  ];
  const parts = detected.filter((part) => part !== null);
  const taken = new Set<string>();
  return {
    found: parts.map(({ name, because }) => ({ name, because })),
    setup: parts.flatMap((part) => part.setup),
    checks: parts.flatMap((part) =>
      part.checks.map(({ name, run }) => {
        const unique = taken.has(name) ? `${name}-${part.name}` : name;
        taken.add(unique);
        return { name: unique, run };
      }),
    ),
    notes: parts.flatMap((part) => part.note ?? []),
  };
}

/** Detected checks as a plan has them. */
export function toCheckSpecs(checks: readonly DetectedCheck[]): CheckSpec[] {
  return checks.map(({ name, run }) => ({ name, argv: ["sh", "-c", run] }));
}

interface Folder {
  readonly names: ReadonlySet<string>;
  /** The text of a file; empty when there is none. */
  read(name: string): Promise<string>;
  list(name: string): Promise<string[]>;
}

const packageShape = z.object({
  scripts: z.record(z.string(), z.unknown()).catch({}),
  packageManager: z.string().catch(""),
  dependencies: z.record(z.string(), z.unknown()).catch({}),
  devDependencies: z.record(z.string(), z.unknown()).catch({}),
});

/** The scripts that make a check, the usual name first. */
const scriptsOfChecks = [
  ["build", ["build"]],
  ["types", ["typecheck", "type-check", "check:types", "types", "tsc"]],
  ["lint", ["lint", "check:lint"]],
  ["test", ["test"]],
] as const;

async function detectNode({ names, read }: Folder): Promise<Part | null> {
  if (!names.has("package.json")) return null;
  const parsed = packageShape.safeParse(parseJson((await read("package.json")).replace(/^\ufeff/, "")));
  if (!parsed.success) {
    const note = "package.json holds no JSON object, so nothing was detected from it.";
    return { name: "npm", because: "package.json", setup: [], checks: [], note };
  }
  const { scripts, packageManager, dependencies, devDependencies } = parsed.data;
  const packages = { ...dependencies, ...devDependencies };
  const manager = detectManager(names, packageManager);
  const checks = scriptsOfChecks.flatMap(([name, candidates]): DetectedCheck[] => {
    const script = candidates.find((candidate) => isRealScript(scripts[candidate]));
    if (script !== undefined) {
      return [{ name, run: script === "test" ? `${manager.name} test` : `${manager.name} run ${script}` }];
    }
    const typed = name === "types" && names.has("tsconfig.json") && Object.hasOwn(packages, "typescript");
    return typed ? [{ name, run: `${manager.execute} tsc --noEmit` }] : [];
  });
  const hasPackages = Object.keys(packages).length > 0;
  const setup = manager.locked !== null ? [manager.locked] : hasPackages ? [`${manager.name} install`] : [];
  return { name: manager.name, because: manager.because, setup, checks };
}

/** A script of npm's own template fails by design; it verifies nothing. */
const isRealScript = (script: unknown): boolean =>
  typeof script === "string" && script.trim() !== "" && !/no test specified/i.test(script);

interface PackageManager {
  readonly name: "npm" | "pnpm" | "yarn";
  readonly because: string;
  /** Installs exactly what the lock file says; null without a lock file. */
  readonly locked: string | null;
  /** Starts a program of a package. */
  readonly execute: string;
}

function detectManager(names: ReadonlySet<string>, declared: string): PackageManager {
  if (names.has("pnpm-lock.yaml") || declared.startsWith("pnpm@")) {
    const lock = names.has("pnpm-lock.yaml");
    const locked = lock ? "pnpm install --frozen-lockfile" : null;
    return { name: "pnpm", because: lock ? "pnpm-lock.yaml" : "package.json", locked, execute: "pnpm exec" };
  }
  if (names.has("yarn.lock") || declared.startsWith("yarn@")) {
    const lock = names.has("yarn.lock");
    const modern = names.has(".yarnrc.yml") || /^yarn@([2-9]|\d\d)/.test(declared);
    const locked = lock ? `yarn install ${modern ? "--immutable" : "--frozen-lockfile"}` : null;
    return { name: "yarn", because: lock ? "yarn.lock" : "package.json", locked, execute: "yarn run" };
  }
  const lock = ["package-lock.json", "npm-shrinkwrap.json"].find((name) => names.has(name));
  return {
    name: "npm",
    because: lock ?? "package.json",
    locked: lock === undefined ? null : "npm ci",
    execute: "npx",
  };
}

/** Where pytest keeps its settings, and how they begin there. */
const pytestSettings = [
  ["pytest.ini", /^\s*\[pytest\]/m],
  ["pyproject.toml", /^\s*\[tool\.pytest|["']pytest\b/m],
  ["setup.cfg", /^\s*\[tool:pytest\]/m],
  ["tox.ini", /^\s*\[pytest\]/m],
] as const;

async function detectPython(folder: Folder): Promise<Part | null> {
  const because = await findPytest(folder);
  if (because === null) return null;
  const part = (setup: readonly string[], run: string): Part => ({
    name: "python",
    because,
    setup,
    checks: [{ name: "test", run }],
  });
  if (folder.names.has("uv.lock")) return part(["uv sync --frozen"], "uv run pytest");
  if (folder.names.has("poetry.lock")) return part(["poetry install"], "poetry run pytest");
  return part([], "python3 -m pytest");
}

async function findPytest({ names, read, list }: Folder): Promise<string | null> {
  for (const [name, setting] of pytestSettings) {
    if (names.has(name) && setting.test(await read(name))) return name;
  }
  for (const name of ["tests", "test"]) {
    if (names.has(name) && (await list(name)).some((file) => /^test_.*\.py$|_test\.py$/.test(file)))
      return name;
  }
  return null;
}

function detectGo({ names }: Folder): Part | null {
  if (!names.has("go.mod")) return null;
  const checks = [
    { name: "build", run: "go build ./..." },
    { name: "lint", run: "go vet ./..." },
    { name: "test", run: "go test ./..." },
  ];
  return { name: "go", because: "go.mod", setup: [], checks };
}

function detectCargo({ names }: Folder): Part | null {
  if (!names.has("Cargo.toml")) return null;
  const locked = names.has("Cargo.lock") ? " --locked" : "";
  const checks = [
    { name: "build", run: `cargo build${locked}` },
    { name: "test", run: `cargo test${locked}` },
  ];
  return { name: "cargo", because: "Cargo.toml", setup: [], checks };
}
