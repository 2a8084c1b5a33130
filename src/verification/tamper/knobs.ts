import type { FindingSeverity } from "../../domain/finding.ts";

/**
 * How a setting can be loosened. `floor`: a number that falls or goes. `on`: true that is no longer. `off`: what becomes true.
 * `enabled`: what becomes false. `level`: what a rule does when it is broken, lowered. `skips`: a list of what is left out, grown.
 * `covers`: a list of what is looked at, shrunk. `options`: words of a command line.
 */
export type KnobKind = "floor" | "on" | "off" | "enabled" | "level" | "skips" | "covers" | "options";

export interface Knob {
  readonly kind: KnobKind;
  readonly file: RegExp;
  /** Of the path of keys, joined by ` > `. */
  readonly key: RegExp;
  readonly what: string;
  readonly severity?: FindingSeverity;
}

const tsconfig = /(?:^|\/)(?:ts|js)config[^/]*\.json$/;
const lint =
  /(?:^|\/)(?:\.?eslint[^/]*|\.oxlintrc[^/]*|oxlint[^/]*|\.?biome\.jsonc?|\.xo-config[^/]*|\.stylelintrc[^/]*|package\.json)$/;
const runner =
  /(?:^|\/)(?:(?:vite|vitest|jest|playwright|cypress|karma|wdio)[\w.-]*\.(?:[cm]?[jt]s|json)|\.mocharc[^/]*|\.taprc|\.nycrc[^/]*|\.c8rc[^/]*|\.jestrc|package\.json)$/;
const python =
  /(?:^|\/)(?:pyproject\.toml|setup\.cfg|tox\.ini|pytest\.(?:ini|toml)|mypy\.ini|\.mypy\.ini|\.coveragerc|\.flake8|\.?ruff\.toml|\.?pylintrc|pyrightconfig\.json)$/;

export const knobs: readonly Knob[] = [
  {
    kind: "on",
    file: tsconfig,
    what: "type checks",
    key: /^compilerOptions > (?:strict\w*|noImplicit\w+|noUnchecked\w+|noUnused\w+|noFallthroughCasesInSwitch|exactOptionalPropertyTypes|noPropertyAccessFromIndexSignature|useUnknownInCatchVariables|alwaysStrict|checkJs|forceConsistentCasingInFileNames)$/,
  },
  {
    kind: "off",
    file: tsconfig,
    what: "type checks",
    key: /^compilerOptions > (?:skipLibCheck|skipDefaultLibCheck|noCheck|suppress\w+Errors|allowUnreachableCode|allowUnusedLabels)$/,
  },
  { kind: "skips", file: tsconfig, what: "files kept out of type checks", key: /^exclude$/ },
  { kind: "covers", file: tsconfig, what: "files under type checks", key: /^(?:include|files)$/ },
  {
    kind: "level",
    file: lint,
    what: "lint rule",
    key: /(?:^|^overrides > |^eslintConfig > |^eslintConfig > overrides > )(?:rules|categories) > [^>]+$|^(?:overrides > )?linter > rules > \w+ > \w+(?: > level)?$/,
  },
  {
    kind: "enabled",
    file: lint,
    what: "linter",
    key: /^(?:linter|linter > rules)(?: > \w+)* > (?:enabled|recommended|all)$/,
  },
  {
    kind: "skips",
    file: lint,
    what: "files kept out of lint",
    key: /(?:^| > )(?:ignorePatterns|ignores|files > ignore|linter > ignore|linter > includes|files > includes|files > experimentalScannerIgnores)$|^(?:standard|xo) > ignores?$/,
  },
  {
    kind: "skips",
    file: /(?:^|\/)\.(?:eslint|oxlint|biome|stylelint|nyc)ignore$/,
    what: "files kept out of lint",
    key: /^ignore file$/,
  },
  {
    kind: "floor",
    file: runner,
    what: "coverage threshold",
    key: /(?:thresholds?|coverageThreshold|check-coverage|^nyc|^c8|^tap)\b.* > (?:lines|branches|functions|statements|100|perFile)$|^(?:lines|branches|functions|statements)$/i,
  },
  {
    kind: "on",
    file: runner,
    what: "coverage check",
    key: /(?:^| > )(?:check-coverage|checkCoverage|forbidOnly|forbid-only|all|100|failZero)$/,
  },
  {
    kind: "off",
    file: runner,
    what: "test runner",
    key: /(?:^| > )(?:passWithNoTests|allowOnly|dangerouslyIgnoreUnhandledErrors|allow-empty-coverage|disable-coverage|allow-incomplete-coverage)$/,
  },
  {
    kind: "skips",
    file: runner,
    what: "tests or files kept out",
    key: /(?:^|^jest > |test > |projects > |coverage > |nyc > |c8 > |mocha > |vitest > )(?:exclude|testPathIgnorePatterns|coveragePathIgnorePatterns|modulePathIgnorePatterns|ignore|testIgnore|excludeSpecPattern|grepInvert)$/,
  },
  {
    kind: "covers",
    file: runner,
    what: "tests that run",
    key: /(?:^|^jest > |test > |projects > |mocha > )(?:include|testMatch|testRegex|spec|specs|specPattern|roots)$/,
  },
  {
    kind: "covers",
    file: runner,
    what: "files under coverage",
    key: /(?:^|> )(?:collectCoverageFrom|coverage > include)$|^(?:nyc|c8) > include$/,
  },
  { kind: "floor", file: python, what: "threshold", key: /(?:^| > )fail[_-]under$/ },
  {
    kind: "on",
    file: python,
    what: "check",
    key: /(?:^| > )(?:strict\w*|disallow_\w+|check_untyped_defs|warn_\w+|no_implicit_\w+|xfail_strict|branch|extra_checks|local_partial_types)$/,
  },
  {
    kind: "off",
    file: python,
    what: "check",
    key: /(?:^| > )(?:ignore_errors|ignore_missing_imports|allow_untyped_\w+|implicit_reexport|implicit_optional|exit-zero|skip_covered_fail)$/,
  },
  {
    kind: "skips",
    file: python,
    what: "code kept out of a check",
    key: /(?:^| > )(?:omit|exclude_lines|exclude_also|partial_branches|extend-exclude|extend_exclude|norecursedirs|disable|disable_error_code|ignore|extend-ignore|extend_ignore|ignore-paths|per-file-ignores > .+|per-file-ignores|per_file_ignores|extend-per-file-ignores > .+)$|(?:mypy|ruff|flake8|pyright|^|lint) > exclude$|^(?:exclude|ignore)$/,
  },
  {
    kind: "covers",
    file: python,
    what: "code or tests under a check",
    key: /(?:^| > )(?:testpaths|python_files|python_functions|python_classes|source|select|extend-select|enable|enable_error_code)$|coverage > run > include$/,
  },
  { kind: "options", file: python, what: "options of pytest", key: /(?:^| > )addopts$/ },
  { kind: "level", file: python, what: "check", key: /(?:^| > )(?:report\w+|typeCheckingMode)$/ },
  { kind: "covers", file: python, what: "warnings that are errors", key: /(?:^| > )filterwarnings$/ },
  {
    kind: "skips",
    file: /(?:^|\/)conftest\.py$/,
    what: "tests that pytest does not collect",
    key: /^collect_ignore(?:_glob)?$/,
  },
  {
    kind: "skips",
    file: /(?:^|\/)conftest\.py$/,
    what: "hooks that choose or report tests",
    key: /^conftest hooks$/,
  },
];

/** What an option of pytest may do to a run, to be watched: left out, chosen, or not failing. */
export const looseOption =
  /^(?:--ignore(?:-glob)?\b|--deselect\b|-k$|-k\b|-m$|--no-cov\b|--co\b|--collect-only|-p$|-pno:|--suppress-no-test-exit-code|--continue-on-collection-errors)/;
export const strictOption =
  /^(?:--strict\w*(?:-\w+)*|--cov(?:$|=)|--cov-fail-under|-W$|-Werror|error|--cov-branch|--runxfail)/;

export const isConfiguration = (path: string): boolean => knobs.some(({ file }) => file.test(path));

/** What tools write, and nobody checks. */
export const isOutput = (pattern: string): boolean =>
  /^!?(?:\.?\/)?(?:\*\*\/)?(?:dist|build|coverage|node_modules|out|lib|es|esm|cjs|target|tmp|temp|\.?venv|env|site-packages|__pycache__|\.[\w-]+|[\w-]*generated[\w-]*|vendor|third_party|docs|storybook-static|htmlcov|[\w-]+\.egg-info|[\w./*-]*\.(?:min\.js|d\.ts|snap|map))(?:\/?\*{0,2}){0,2}$/.test(
    pattern,
  );
