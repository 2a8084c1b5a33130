import { expect, test } from "vitest";
import { detect } from "../../../test/harness/detected.ts";

const tests = { "tests/test_a.py": "" };
const runs = async (files: Readonly<Record<string, string>>) =>
  (await detect({ ...tests, ...files })).checks.map(({ name, run }) => `${name}: ${run}`);
const junit = "--junitxml=pytest.xml -o junit_family=xunit1";

test("pytest leaves a report that names the files", async () => {
  expect((await detect(tests)).checks).toEqual([
    {
      name: "test",
      run: `python3 -m pytest ${junit}`,
      report: "pytest.xml",
      rerun: ["python3", "-m", "pytest", "--junitxml=pytest.xml", "-o", "junit_family=xunit1", "{id}"],
    },
  ]);
});

test("uv runs pytest where its lock file is", async () => {
  const files = {
    "pyproject.toml": "[tool.pytest.ini_options]\n",
    "uv.lock": "",
    "src/app/tests/test_a.py": "",
  };
  expect((await detect(files)).setup).toEqual(["uv sync --frozen"]);
  expect((await detect(files)).checks).toMatchObject([{ name: "test", run: `uv run pytest ${junit}` }]);
});

test("pip installs into an environment of the workspace's own", async () => {
  const files = { "requirements.txt": "flask\n", "requirements-dev.txt": "pytest>=8\n" };
  expect((await detect({ ...tests, ...files })).setup).toEqual([
    "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt -r requirements-dev.txt",
  ]);
  expect(await runs(files)).toEqual([`test: .venv/bin/python -m pytest ${junit}`]);
});

test("settings of pytest without a test are no check", async () => {
  expect((await detect({ "pytest.ini": "[pytest]\n" })).checks).toEqual([]);
});

const lcov = "--cov-report=lcov:coverage.lcov";
test.each([
  ["measured whole, held to no threshold", {}, `--cov=. --cov-fail-under=0 ${lcov}`],
  [
    "by the settings of coverage.py",
    { ".coveragerc": "[run]\nsource = app\n" },
    `--cov --cov-fail-under=0 ${lcov}`,
  ],
  [
    "by its table of pyproject.toml",
    { "pyproject.toml": '[tool.coverage.run]\nomit = ["x"]\nsource = ["app"]\n' },
    `--cov --cov-fail-under=0 ${lcov}`,
  ],
  [
    "not by another table",
    { "pyproject.toml": '[tool.coverage.run]\nbranch = true\n[tool.hatch]\nsource = "vcs"\n' },
    `--cov=. --cov-fail-under=0 ${lcov}`,
  ],
  [
    "as the settings of pytest ask for it",
    { "pytest.ini": "[pytest]\naddopts = --cov=app --cov-fail-under=80\n" },
    lcov,
  ],
])("coverage is measured where its plugin is listed: %s", async (_, files, flags) => {
  const { checks } = await detect({ ...tests, "requirements.txt": "pytest\npytest-cov==4.0\n", ...files });
  expect(checks).toMatchObject([
    {
      run: `.venv/bin/python -m pytest ${junit} ${flags}`,
      coverage: "coverage.lcov",
      rerun: expect.arrayContaining(["--no-cov", "{id}"]),
    },
  ]);
});

test("type checkers and linters are run where they are configured and listed", async () => {
  const project = `[project]\ndependencies = ["pytest_cov", "ruff>=0.4"]\n[dependency-groups]\ndev = ["mypy"]\n`;
  const settings = "[tool.mypy]\nstrict = true\n[tool.ruff.lint]\nselect = ['ALL']\n";
  expect(await runs({ "uv.lock": "", "pyproject.toml": project + settings })).toEqual([
    "types: uv run mypy .",
    "lint: uv run ruff check .",
    expect.stringMatching(/^test: uv run pytest .*--cov=\./),
  ]);
  const lists = { "requirements.txt": "pytest\nflake8\npyright\n" };
  expect(await runs({ ...lists, ".flake8": "", "pyrightconfig.json": "{}" })).toEqual([
    "types: .venv/bin/python -m pyright",
    "lint: .venv/bin/python -m flake8 --extend-exclude=.venv",
    expect.stringMatching(/^test: /),
  ]);
});

test("what is configured and listed nowhere is left out and said", async () => {
  const { checks, notes } = await detect({
    ...tests,
    "mypy.ini": "",
    "pyproject.toml": "[tool.ruff]\n# ruff\n",
  });
  expect(checks).toHaveLength(1);
  expect(notes).toEqual(["Left out: mypy, ruff, which is configured and in no list of requirements."]);
});
