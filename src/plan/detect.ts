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
  const top = await openFolder(files, root);
  const atTop = await detectParts(top);
  const parts = [...atTop, ...(await detectBelow(files, root, "", atTop.length > 0))];
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

/** Names that need no quoting in a command; folders of packages and hidden ones hold no part of the repository. */
const plainFolder = /^(?!node_modules$|vendor$)\w[\w-]*$/;
/** Where projects are kept that are shown or tested, not worked on. */
const samples = /^(examples?|samples?|fixtures?|tests?|__\w+__|docs?|dist|build|target|third_party)$/i;
/** A project of its own; packages of a workspace have theirs at the top. */
const lockFiles =
  /^(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|uv\.lock|poetry\.lock|go\.mod|Cargo\.lock)$/;

/**
 * The projects in folders, at most two down. One needs a lock file of its own where there is one above it, or it is
 * taken for a part of that; in a folder at the top of a repository that shows nothing else it needs none.
 */
async function detectBelow(files: Files, root: string, at: string, hasAbove: boolean): Promise<Part[]> {
  const found: Part[] = [];
  const depth = at === "" ? 1 : 2;
  for (const name of (await files.list(join(root, at))) ?? []) {
    if (!plainFolder.test(name) || samples.test(name)) continue;
    const inside = at === "" ? name : `${at}/${name}`;
    const folder = await openFolder(files, join(root, inside));
    const isOwn = [...folder.names].some((one) => lockFiles.test(one));
    const parts = isOwn || (depth === 1 && !hasAbove) ? await detectParts(folder) : [];
    found.push(...parts.map((part) => placeIn(inside, part)));
    if (depth === 1) found.push(...(await detectBelow(files, root, inside, true)));
  }
  return found;
}

async function detectParts(folder: Folder): Promise<Part[]> {
  const detected = [
    await detectNode(folder),
    await detectPython(folder),
    detectGo(folder),
    detectCargo(folder),
  ];
  return detected.filter((part) => part !== null);
}

/** The part as seen from the repository's root. */
function placeIn(folder: string, part: Part): Part {
  const inside = (command: string) => `cd ${folder} && ${command}`;
  return {
    ...part,
    name: `${part.name}-${folder.replaceAll("/", "-")}`,
    because: `${folder}/${part.because}`,
    setup: part.setup.map(inside),
    checks: part.checks.map(({ name, run }) => ({ name, run: inside(run) })),
    ...(part.note === undefined ? {} : { note: `${folder}: ${part.note}` }),
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

const openFolder = async (files: Files, root: string): Promise<Folder> => ({
  names: new Set((await files.list(root)) ?? []),
  read: async (name) => (await files.read(join(root, name)))?.toString("utf8") ?? "",
  list: async (name) => (await files.list(join(root, name))) ?? [],
});

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

/** Programs that come with a package, and its name: a script that begins with one fails at once without it. */
const packageOfProgram = new Map([
  ["biome", "@biomejs/biome"],
  ["tsc", "typescript"],
  ...["eslint", "oxlint", "prettier", "standard", "xo", "vitest", "jest", "mocha", "tape", "ava", "vite"].map(
    (name) => [name, name] as const,
  ),
]);

async function detectNode({ names, read, list }: Folder): Promise<Part | null> {
  if (!names.has("package.json")) return null;
  const parsed = packageShape.safeParse(parseJson((await read("package.json")).replace(/^\ufeff/, "")));
  if (!parsed.success) {
    const note = "package.json holds no JSON object, so nothing was detected from it.";
    return { name: "npm", because: "package.json", setup: [], checks: [], note };
  }
  const { scripts, packageManager, dependencies, devDependencies } = parsed.data;
  const packages = { ...dependencies, ...devDependencies };
  const manager = detectManager(names, packageManager);
  const installed = names.has("node_modules") ? await list("node_modules/.bin") : [];
  const missing = new Map<string, string>();
  const works = (script: string): boolean => {
    const text = scripts[script];
    if (!isRealScript(text)) return false;
    const program = String(text).trim().split(/\s/)[0] ?? "";
    const needed = packageOfProgram.get(program);
    if (needed === undefined || Object.hasOwn(packages, needed) || installed.includes(program)) return true;
    missing.set(script, program);
    return false;
  };
  const checks = scriptsOfChecks.flatMap(([name, candidates]): DetectedCheck[] => {
    const script = candidates.find(works);
    if (script !== undefined) {
      return [{ name, run: script === "test" ? `${manager.name} test` : `${manager.name} run ${script}` }];
    }
    const typed = name === "types" && names.has("tsconfig.json") && Object.hasOwn(packages, "typescript");
    return typed ? [{ name, run: `${manager.execute} tsc --noEmit` }] : [];
  });
  const hasPackages = Object.keys(packages).length > 0;
  const setup = manager.locked !== null ? [manager.locked] : hasPackages ? [`${manager.name} install`] : [];
  const left = [...missing].map(
    ([script, program]) => `the script \`${script}\` needs ${program}, which package.json does not list`,
  );
  const note = left.length > 0 ? { note: `Left out: ${left.join("; ")}.` } : {};
  return { name: manager.name, because: manager.because, setup, checks, ...note };
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
  const lists = ["requirements.txt", "requirements-dev.txt", "dev-requirements.txt"].filter((name) =>
    folder.names.has(name),
  );
  const texts = await Promise.all(lists.map(folder.read));
  if (!texts.some((text) => /^pytest\b/m.test(text))) return part([], "python3 -m pytest");
  const install = `.venv/bin/pip install ${lists.map((name) => `-r ${name}`).join(" ")}`;
  return part([`python3 -m venv .venv && ${install}`], ".venv/bin/python -m pytest");
}

/** What shows that pytest is used; null where it would find no test and fail for that. */
async function findPytest(folder: Folder): Promise<string | null> {
  const tests = await findPythonTests(folder.list, ".", 3);
  if (tests === null) return null;
  for (const [name, setting] of pytestSettings) {
    if (folder.names.has(name) && setting.test(await folder.read(name))) return name;
  }
  return ["tests", "test"].find((name) => `${tests}/`.startsWith(`${name}/`)) ?? null;
}

/** The first folder that holds a file pytest collects, at most `depth` folders down from `at`. */
async function findPythonTests(list: Folder["list"], at: string, depth: number): Promise<string | null> {
  const names = (await list(at)).sort();
  if (names.some((file) => /^test_.*\.py$|_test\.py$/.test(file))) return at;
  if (depth === 0) return null;
  for (const name of names.filter((one) => plainFolder.test(one))) {
    const inside = at === "." ? name : `${at}/${name}`;
    const found = await findPythonTests(list, inside, depth - 1);
    if (found !== null) return found;
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
  // Checks have no network.
  const setup = names.has("go.sum") ? ["go mod download"] : [];
  return { name: "go", because: "go.mod", setup, checks };
}

function detectCargo({ names }: Folder): Part | null {
  if (!names.has("Cargo.toml")) return null;
  const locked = names.has("Cargo.lock") ? " --locked" : "";
  const checks = [
    { name: "build", run: `cargo build${locked}` },
    { name: "test", run: `cargo test${locked}` },
  ];
  return { name: "cargo", because: "Cargo.toml", setup: [`cargo fetch${locked}`], checks };
}
