import { z } from "zod";
import { parseJson } from "../../domain/json.ts";
import { detectNodeTests } from "./node-tests.ts";
import { detectManager, type PackageManager, runScript } from "./package-manager.ts";
import type { DetectedCheck, Folder, Part } from "./part.ts";

const packageShape = z.object({
  scripts: z.record(z.string(), z.unknown()).catch({}),
  packageManager: z.string().catch(""),
  dependencies: z.record(z.string(), z.unknown()).catch({}),
  devDependencies: z.record(z.string(), z.unknown()).catch({}),
  eslintConfig: z.unknown().optional(),
});

/** The scripts that make a check, the usual name first. */
const scriptsOfChecks = {
  build: ["build"],
  types: ["typecheck", "type-check", "check:types", "types", "tsc"],
  lint: ["lint", "check:lint"],
  test: ["test", "test:unit"],
} as const;

/** Programs that come with a package, and its name: a script that begins with one fails at once without it. */
const packageOfProgram = new Map([
  ["biome", "@biomejs/biome"],
  ["tsc", "typescript"],
  ...["eslint", "oxlint", "prettier", "standard", "xo", "vitest", "jest", "mocha", "tape", "ava", "vite"].map(
    (name) => [name, name] as const,
  ),
]);

/** Linters by their configuration, for a project that has no script for them. */
const linters = [
  { name: "@biomejs/biome", config: /^\.?biome\.jsonc?$/, run: "biome lint" },
  {
    name: "eslint",
    config: /^(eslint\.config\.[cm]?[jt]s|\.eslintrc(\.([cm]?js|json|ya?ml))?)$/,
    run: "eslint .",
  },
  { name: "oxlint", config: /^(\.oxlintrc\.jsonc?|oxlint\.config\.ts)$/, run: "oxlint" },
] as const;

export async function detectNode(folder: Folder): Promise<Part | null> {
  const { names, read, list } = folder;
  if (!names.has("package.json")) return null;
  const parsed = packageShape.safeParse(parseJson((await read("package.json")).replace(/^\ufeff/, "")));
  if (!parsed.success) {
    const note = "package.json holds no JSON object, so nothing was detected from it.";
    return { name: "npm", because: "package.json", setup: [], checks: [], notes: [note] };
  }
  const { scripts, packageManager, dependencies, devDependencies, eslintConfig } = parsed.data;
  const packages = { ...dependencies, ...devDependencies };
  const has = (dependency: string) => Object.hasOwn(packages, dependency);
  const manager = detectManager(names, packageManager);
  const installed = names.has("node_modules") ? await list("node_modules/.bin") : [];
  const missing: string[] = [];
  const works = (script: string): boolean => {
    const text = scripts[script];
    if (!isRealScript(text)) return false;
    const program = String(text).trim().split(/\s/)[0] ?? "";
    const needed = packageOfProgram.get(program);
    if (needed === undefined || has(needed) || installed.includes(program)) return true;
    missing.push(`the script \`${script}\` needs ${program}, which package.json does not list`);
    return false;
  };
  const byScript = (check: "build" | "types" | "lint"): DetectedCheck | null => {
    const script = scriptsOfChecks[check].find(works);
    return script === undefined ? null : { name: check, run: runScript(manager, script).join(" ") };
  };
  const testScript = scriptsOfChecks.test.find(works);
  const tests =
    testScript === undefined
      ? {}
      : await detectNodeTests({ name: testScript, scripts, manager, folder, has });
  const checks = [
    byScript("build"),
    byScript("types") ?? (await detectTypes(folder, has, manager)),
    byScript("lint") ?? detectLint(names, has, manager, eslintConfig !== undefined),
    tests.check ?? null,
  ].filter((check) => check !== null);
  const setup = manager.locked ?? (Object.keys(packages).length > 0 ? `${manager.name} install` : null);
  return {
    name: manager.name,
    because: manager.because,
    setup: setup === null ? [] : [setup],
    checks,
    notes: [
      ...(missing.length > 0 ? [`Left out: ${missing.join("; ")}.`] : []),
      ...(tests.note ? [tests.note] : []),
    ],
  };
}

/** A script of npm's own template fails by design; it verifies nothing. */
const isRealScript = (script: unknown): boolean =>
  typeof script === "string" && script.trim() !== "" && !/no test specified/i.test(script);

type Has = (dependency: string) => boolean;

/** A configuration that only refers to others is checked with them, or nothing would be. */
async function detectTypes(
  { names, read }: Folder,
  has: Has,
  manager: PackageManager,
): Promise<DetectedCheck | null> {
  const compiler = has("vue-tsc") ? "vue-tsc" : "tsc";
  if (!names.has("tsconfig.json") || !(has("typescript") || has("vue-tsc"))) return null;
  const how = /"references"\s*:/.test(await read("tsconfig.json")) ? "-b" : "--noEmit";
  return { name: "types", run: `${manager.execute} ${compiler} ${how}` };
}

function detectLint(
  names: ReadonlySet<string>,
  has: Has,
  { execute }: PackageManager,
  hasEslintConfig: boolean,
): DetectedCheck | null {
  const isConfigured = (linter: (typeof linters)[number]) =>
    [...names].some((name) => linter.config.test(name)) || (linter.name === "eslint" && hasEslintConfig);
  const found = linters.find((linter) => has(linter.name) && isConfigured(linter));
  return found === undefined ? null : { name: "lint", run: `${execute} ${found.run}` };
}
