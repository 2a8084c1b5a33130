import type { Folder } from "./part.ts";
import type { RunnerScript } from "./script.ts";

/** What makes a runner leave its reports: words of a command line, and where the reports are then. */
export interface RunnerReports {
  readonly flags: readonly string[];
  readonly report: string;
  /** Absent where nothing that is installed measures it. */
  readonly coverage?: string;
  /** A program around the whole command that measures coverage. */
  readonly around?: readonly string[];
  /** Flags instead of `flags` that run one test again, or its file where a name would be read as a pattern. */
  readonly rerun: readonly string[];
  readonly note?: string;
}

export interface PackageFacts {
  readonly folder: Folder;
  readonly has: (dependency: string) => boolean;
}

export function reportsOf(script: RunnerScript, facts: PackageFacts): Promise<RunnerReports> {
  switch (script.runner) {
    case "vitest":
      return vitest(script, facts);
    case "jest":
      return Promise.resolve(jest(script));
    case "mocha":
      return Promise.resolve(mocha(script, facts));
    case "node":
      return Promise.resolve(nodeTest(script));
  }
}

const lcov = "coverage/lcov.info";
const junit = "junit.xml";
const measures = (script: RunnerScript) =>
  script.args.some((arg) => /^--coverage(=true|\.enabled)?$/.test(arg));

async function vitest(script: RunnerScript, { folder, has }: PackageFacts): Promise<RunnerReports> {
  const run = script.args.some((arg) => /^(run|--run)$/.test(arg)) ? [] : ["--run"];
  const report = ["--reporter=junit", `--outputFile.junit=${junit}`];
  const base = {
    flags: [...run, "--reporter=default", ...report],
    report: junit,
    rerun: [...run, "{file}", ...report, "--coverage.enabled=false"],
  };
  const providers = ["v8", "istanbul"].filter((name) => has(`@vitest/coverage-${name}`));
  if (providers.length === 0 || script.isWrapped) return { ...base, ...wrapped(script) };
  const to = [
    "--coverage.reporter=lcovonly",
    "--coverage.reportsDirectory=coverage",
    "--coverage.reportOnFailure",
  ];
  if (measures(script)) return { ...base, flags: [...base.flags, ...to], coverage: lcov };
  if (await hasThresholds(folder)) {
    const note =
      "Coverage is not measured: vitest would fail below the thresholds of its configuration, which the script `test` does not apply.";
    return { ...base, note };
  }
  const provider = providers.length === 1 ? [`--coverage.provider=${providers[0]}`] : [];
  return { ...base, flags: [...base.flags, "--coverage.enabled", ...provider, ...to], coverage: lcov };
}

async function hasThresholds({ names, read }: Folder): Promise<boolean> {
  const configs = [...names].filter((name) => /^vite(st)?\.config\.[cm]?[jt]s$/.test(name));
  return (await Promise.all(configs.map(read))).some((text) => /\bthresholds\b/.test(text));
}

/** jest brings its own coverage; thresholds of its configuration hold where its script asks for coverage itself. */
function jest(script: RunnerScript): RunnerReports {
  const file = "jest.json";
  const report = ["--json", `--outputFile=${file}`];
  const rerun = ["--runTestsByPath", "{file}", ...report, "--coverage=false"];
  if (script.isWrapped) return { flags: report, report: file, rerun, ...wrapped(script) };
  const turnOn = measures(script) ? [] : ["--coverage", "--coverageThreshold={}"];
  const to = ["--coverageReporters=lcovonly", "--coverageDirectory=coverage"];
  return { flags: [...report, ...turnOn, ...to], report: file, coverage: lcov, rerun };
}

function mocha(script: RunnerScript, { has }: PackageFacts): RunnerReports {
  const flags = ["--reporter=xunit", `--reporter-option=output=${junit}`];
  const base = { flags, report: junit, rerun: ["--fgrep", "{name}", ...flags] };
  if (script.isWrapped) return { ...base, ...wrapped(script) };
  const program = ["c8", "nyc"].find(has);
  if (program === undefined) return base;
  const folder = program === "c8" ? "--reports-dir=coverage" : "--report-dir=coverage";
  return {
    ...base,
    coverage: lcov,
    around: [program, "--check-coverage=false", "--reporter=lcovonly", folder],
  };
}

/** It makes no folders, so its reports stand at the top. The reporters are there from Node 20.11 on. */
function nodeTest(script: RunnerScript): RunnerReports {
  const to = (reporter: string, file: string) => [
    `--test-reporter=${reporter}`,
    `--test-reporter-destination=${file}`,
  ];
  const flags = [...to("spec", "stdout"), ...to("junit", junit)];
  const rerun = [...to("junit", junit), "{file}"];
  if (script.isWrapped) return { flags, report: junit, rerun, ...wrapped(script) };
  const measured = "--experimental-test-coverage";
  const turnOn = script.args.includes(measured) ? [] : [measured];
  const coverage = "lcov.info";
  return { flags: [...flags, ...turnOn, ...to("lcov", coverage)], report: junit, coverage, rerun };
}

/** c8 and nyc leave coverage by what the script itself tells them. */
function wrapped({ text, isWrapped }: RunnerScript): { coverage?: string } {
  const leavesLcov = /(^|\s)(--reporter|-r)[= ]lcov(only)?(\s|$)/.test(text);
  const isElsewhere = /--reports?-dir|(^|\s)-o\b/.test(text);
  return isWrapped && leavesLcov && !isElsewhere ? { coverage: lcov } : {};
}
