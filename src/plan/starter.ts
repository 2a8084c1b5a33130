import { stringify } from "yaml";
import { showArgv } from "../domain/plan.ts";
import type { DetectedCheck } from "./detect/part.ts";
import type { DetectedToolchain } from "./detect.ts";

/** One line of YAML for a text. */
const scalar = (text: string): string => stringify(text, { lineWidth: 0 }).trimEnd();

/** The commented `autopack.yaml` that `init` writes. */
export function renderConfig(detected: DetectedToolchain): string {
  const found = detected.found.map(({ name, because }) => `${name} (${because})`).join(", ");
  return `# Configuration of autopack for this repository: data only, safe to commit.
# Its commands run only after \`autopack trust\` has shown them to you once.
version: 1

# Builders write the code. A builder is a program that works in the folder it is started in: it finds
# what to do in $AUTOPACK_PROMPT_FILE and may write {"tokens": 1234, "claim": "…"} to $AUTOPACK_RESULT.
builders: {}
#  claude:
#    command: 'claude -p "$(cat "$AUTOPACK_PROMPT_FILE")"'   # text runs by sh -c, a list is argv
#    env: [ANTHROPIC_API_KEY]     # the only variables that are let through
#    writable: [~/.claude]        # its login: nothing else of your HOME is there for it
#    reports_usage: false         # true when it writes \`tokens\` to $AUTOPACK_RESULT
#  rehearsal:
#    scripted: builders/rehearsal.yaml

# Commands that prepare a fresh workspace, in order.${found === "" ? "" : ` Detected: ${found}.`}
${renderSetup(detected.setup)}

# Ignored files of your checkout that the checks need.
carry: []
#carry: [".env.test"]

# Files outside of the workspace that setup and checks may read.
#readable: [~/.npmrc]

# What must pass for every phase, judged by exit code, and by its report where it leaves one. A check reaches only
# servers that it starts itself; one that needs the network says so: e2e: { run: npm run e2e, network: full }
${renderChecks(detected)}

# For plans and phases that say nothing else.
#defaults:
#  builder: claude
#  budget: { attempts: 3, minutes: 60 }

# What no phase may change, besides .git, this file, the plan and its scripts, and CI configuration.
protect: []
#protect: ["infra/**", "LICENSE"]

# Limits, with their defaults in the documentation.
#limits:
#  max_parallel: 2
#  check_minutes: 20
`;
}

function renderSetup(setup: readonly string[]): string {
  if (setup.length === 0) return "setup: []";
  return ["setup:", ...setup.map((command) => `  - ${scalar(command)}`)].join("\n");
}

function renderChecks({ checks, notes }: DetectedToolchain): string {
  const remarks = [...notes, ...remarkOnReports(checks)].map((note) => `# ${note}`);
  const lines =
    checks.length === 0
      ? ["# None was detected: without a check, every phase needs an `acceptance` of its own.", "checks: {}"]
      : ["checks:", ...checks.flatMap(renderCheck)];
  const example = "#  test: { run: npm test, report: junit.xml, coverage: coverage/lcov.info }";
  return [...remarks, ...lines, ...(checks.some(({ report }) => report) ? [] : [example])].join("\n");
}

function renderCheck({ name, run, report, coverage, rerun }: DetectedCheck): string[] {
  if (report === undefined) return [`  ${name}: ${scalar(run)}`];
  return [
    `  ${name}:`,
    `    run: ${scalar(run)}`,
    `    report: ${scalar(report)}`,
    ...(coverage === undefined ? [] : [`    coverage: ${scalar(coverage)}`]),
    ...(rerun === undefined
      ? []
      : [
          `    rerun: ${rerun[0] === "sh" ? scalar(showArgv(rerun)) : `[${rerun.map((word) => JSON.stringify(word)).join(", ")}]`}`,
        ]),
  ];
}

/** What a builder leaves behind is its change, unless git ignores it. */
function remarkOnReports(checks: readonly DetectedCheck[]): string[] {
  const paths = checks
    .flatMap(({ report, coverage }) => [report, coverage])
    .filter((path) => path !== undefined);
  return paths.length === 0 ? [] : [`Let .gitignore name what they leave: ${paths.join(", ")}.`];
}

/** A plan to start from, `autopack-plan.yaml`, with a comment for each part. */
export function renderPlanTemplate(): string {
  return `# A plan: one run, cut into tiers, cut into phases, each with the files it must deliver.
# \`autopack plan lint autopack-plan.yaml\` judges it and costs nothing; \`autopack plan schema\` lists every field.
version: 1
run:
  id: my-change                  # the run's id begins with it
  goal: What the whole run is for, in one sentence
  base: HEAD                     # a branch, tag or commit
  budget: { minutes: 120 }       # also tokens, usd

# setup, carry, checks and defaults come from autopack.yaml where they are left out.
#checks:
#  test: npm test

tiers:                           # a tier starts when the one before it has ended
  - id: core
    name: Core
    phases:
      - id: first-phase
        name: First phase
        description: |
          Write first-phase.md: what this repository is for, in a sentence.
          (What the builder is told to do. Name files, behaviour, and how it will be judged.)
        category: docs           # backend | frontend | testing | docs | configuration | database | integration | refactoring | deployment
        complexity: low          # low | medium | high
        deliverables:            # one file each; a statement about it where that helps
          - first-phase.md
        #  - { path: test/example.test.ts, kind: test }
        #  - { path: src/index.ts, change: modify, must_contain: ["example"] }
        # A stand-in that shows the way through: put your agent in its place, or leave it out for defaults.builder.
        builder: { command: "echo 'A first phase, built and proven.' > first-phase.md" }
        acceptance: [test -s first-phase.md]                         # judged by exit code, besides the checks
        #scope: { write: ["src/**", "test/**"], read: ["docs/**"] }   # default write: the deliverables
        #budget: { tokens: 40000, attempts: 3, minutes: 20 }
        #depends_on: [another-phase]
`;
}
