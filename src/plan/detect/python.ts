import { type DetectedCheck, type Folder, findSetting, type Part, plainFolder } from "./part.ts";

/** Where pytest keeps its settings, and how they begin there. */
const pytestSettings = [
  ["pytest.ini", /^[ \t]*\[pytest\]/m],
  ["pyproject.toml", /^[ \t]*\[tool\.pytest|["']pytest\b/m],
  ["setup.cfg", /^[ \t]*\[tool:pytest\]/m],
  ["tox.ini", /^[ \t]*\[pytest\]/m],
] as const;

/** Tools that are checks of their own where the repository configures and lists them. */
const tools: readonly Tool[] = [
  {
    check: "types",
    name: "mypy",
    run: "mypy .",
    settings: [
      ["mypy.ini", /^/],
      [".mypy.ini", /^/],
      ["pyproject.toml", /^[ \t]*\[tool\.mypy\]/m],
      ["setup.cfg", /^[ \t]*\[mypy\]/m],
    ],
  },
  {
    check: "types",
    name: "pyright",
    run: "pyright",
    settings: [
      ["pyrightconfig.json", /^/],
      ["pyproject.toml", /^[ \t]*\[tool\.pyright\]/m],
    ],
  },
  {
    check: "lint",
    name: "ruff",
    run: "ruff check .",
    settings: [
      ["ruff.toml", /^/],
      [".ruff.toml", /^/],
      ["pyproject.toml", /^[ \t]*\[tool\.ruff\b/m],
    ],
  },
  {
    check: "lint",
    name: "flake8",
    // Unlike the others it would look into the environment that setup makes.
    run: "flake8 --extend-exclude=.venv",
    settings: [
      [".flake8", /^/],
      ["setup.cfg", /^[ \t]*\[flake8\]/m],
      ["tox.ini", /^[ \t]*\[flake8\]/m],
    ],
  },
];

interface Tool {
  readonly check: "types" | "lint";
  /** Of the package and of the module that `python -m` starts. */
  readonly name: string;
  readonly run: string;
  readonly settings: readonly (readonly [file: string, begin: RegExp])[];
}

export async function detectPython(folder: Folder): Promise<Part | null> {
  const because = await findPytest(folder);
  if (because === null) return null;
  const { setup, prefix, lists } = await findEnvironment(folder);
  const isListed = (name: string) => lists(name.replace("-", "[-_]"));
  const found: DetectedCheck[] = [];
  const missing: string[] = [];
  for (const tool of tools) {
    if (found.some(({ name }) => name === tool.check) || !(await findSetting(folder, tool.settings)))
      continue;
    if (isListed(tool.name)) found.push({ name: tool.check, run: `${prefix}${tool.run}` });
    else missing.push(tool.name);
  }
  const hasCoverage = isListed("pytest-cov");
  const { flags, ...reports } = await testReports(folder, hasCoverage);
  const again = `${prefix}pytest ${junitFlags}${hasCoverage ? " --no-cov" : ""} {id}`;
  const rerun = again.split(" ") as [string, ...string[]];
  const test = { name: "test", run: `${prefix}pytest ${flags}`, ...reports, rerun };
  const left = `Left out: ${missing.join(", ")}, which is configured and in no list of requirements.`;
  return {
    name: "python",
    because,
    setup,
    checks: [...found, test],
    ...(missing.length > 0 ? { notes: [left] } : {}),
  };
}

interface Environment {
  readonly setup: readonly string[];
  /** What stands before the name of a tool to start it; with `python -m` it is the name of its module. */
  readonly prefix: string;
  /** Whether something that setup installs from names the package, given as a pattern. */
  readonly lists: (name: string) => boolean;
}

async function findEnvironment({ names, read }: Folder): Promise<Environment> {
  const project = await read("pyproject.toml");
  const inProject = (name: string) => new RegExp(`["']?\\b${name}\\b`, "i").test(withoutTables(project));
  if (names.has("uv.lock")) return { setup: ["uv sync --frozen"], prefix: "uv run ", lists: inProject };
  if (names.has("poetry.lock")) return { setup: ["poetry install"], prefix: "poetry run ", lists: inProject };
  const files = ["requirements.txt", "requirements-dev.txt", "dev-requirements.txt"].filter((name) =>
    names.has(name),
  );
  const texts = await Promise.all(files.map(read));
  const inLists = (name: string) => texts.some((text) => new RegExp(`^${name}\\b`, "im").test(text));
  if (!inLists("pytest")) {
    const lists = (name: string) => inLists(name) || inProject(name);
    return { setup: [], prefix: "python3 -m ", lists };
  }
  const install = `.venv/bin/pip install ${files.map((name) => `-r ${name}`).join(" ")}`;
  return {
    setup: [`python3 -m venv .venv && ${install}`],
    prefix: ".venv/bin/python -m ",
    lists: inLists,
  };
}

/** Without the names of tables and comments: a tool's settings do not install it. */
const withoutTables = (toml: string): string => toml.replace(/^[ \t]*(\[[^\]"'\n]*\][ \t]*$|#.*$)/gm, "");

/** Of the forms that pytest writes, this one tells the file of a test. */
const junitFlags = "--junitxml=pytest.xml -o junit_family=xunit1";

interface Reports {
  readonly flags: string;
  readonly report: string;
  readonly coverage?: string;
}

/** Coverage where its plugin is there; the repository's own settings of what is measured stay. */
async function testReports(folder: Folder, hasPlugin: boolean): Promise<Reports> {
  const report = "pytest.xml";
  if (!hasPlugin) return { flags: junitFlags, report };
  const coverage = "coverage.lcov";
  const isMeasured = (await findSetting(folder, measuredSettings)) !== null;
  // A threshold that the project's own tests do not know must not fail them.
  const turnOn = isMeasured ? "" : ` --cov${(await hasSource(folder)) ? "" : "=."} --cov-fail-under=0`;
  return { flags: `${junitFlags}${turnOn} --cov-report=lcov:${coverage}`, report, coverage };
}

const measuredSettings = ["pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini"].map(
  (name) => [name, /--cov(?![\w-])/] as const,
);
/** Whether coverage.py is told what to measure; left alone it would measure installed packages, too. */
async function hasSource({ names, read }: Folder): Promise<boolean> {
  for (const name of [".coveragerc", "pyproject.toml", "setup.cfg", "tox.ini"]) {
    const text = names.has(name) ? await read(name) : "";
    const [, section = ""] = text.split(/^[ \t]*\[(?:tool\.coverage\.|coverage:)?run\]/m);
    const [own = ""] = section.split(/^[ \t]*\[/m);
    if (/^[ \t]*source(_pkgs)?[ \t]*=/m.test(own)) return true;
  }
  return false;
}

/** What shows that pytest is used; null where it would find no test and fail for that. */
async function findPytest(folder: Folder): Promise<string | null> {
  const tests = await findPythonTests(folder.list, ".", 3);
  if (tests === null) return null;
  const settings = await findSetting(folder, pytestSettings);
  return settings ?? ["tests", "test"].find((name) => `${tests}/`.startsWith(`${name}/`)) ?? null;
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
