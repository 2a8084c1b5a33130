import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRepository, writeTree } from "../../test/harness/temp.ts";
import type { NeutralPhase, NeutralPlan } from "./handover.ts";
import { baseFiles, quoted, testsOfRepository } from "./repository.ts";
import type { Phase, Scenario } from "./scenario.ts";

/** Where one scenario is carried out. */
export interface Place {
  /** What the adapter is given: plan, repository, and the orchestrator's own folders. */
  readonly given: string;
  /** The harness's own: scripts, oracles, base, and what builders and checks leave for it. */
  readonly own: string;
}

const player = join(import.meta.dirname, "play.ts");

export const placeIn = (root: string): Place => ({ given: join(root, "given"), own: join(root, "own") });

export function createPlace({ given, own }: Place, scenario: Scenario, serverUrl: string): void {
  for (const name of ["home", "tmp", "state", "config"]) mkdirSync(join(given, name), { recursive: true });
  for (const name of ["ended", "met", "bin"]) mkdirSync(join(own, name), { recursive: true });
  const files = { ...baseFiles, ...scenario.files };
  createRepository(join(given, "repo"), files);
  writeTree(join(given, "repo"), scenario.leftovers ?? {});
  writeTree(join(own, "base"), files);
  writeTree(given, {
    "plan.json": `${JSON.stringify(planOf({ given, own }, scenario), null, 2)}\n`,
    "home/.gitconfig": "[user]\n\tname = User\n\temail = user@example.com\n[init]\n\tdefaultBranch = main\n",
  });
  writeTree(own, {
    server: serverUrl,
    "check.sh": checkScript(own),
    "kill.sh": killScript(own),
    ...Object.fromEntries(
      scenario.phases.flatMap((phase): [string, string][] => [
        [`scripts/${phase.id}.json`, JSON.stringify(phase.builder)],
        ...(phase.done === "no" ? [] : [[`oracles/${phase.id}`, phase.oracle] as [string, string]]),
      ]),
    ),
    ...Object.fromEntries(
      checksOf(scenario).map(({ run }, index) => [`checks/${index}`, withKill(own, run)]),
    ),
  });
  // The oracles of nothing: so that the loop over them finds a folder.
  mkdirSync(join(own, "oracles"), { recursive: true });
  const { atGit } = scenario.faults ?? {};
  if (atGit) {
    writeTree(join(own, "bin"), { git: gitScript(own, atGit) });
    chmodSync(join(own, "bin", "git"), 0o755);
  }
}

export function removePlace(root: string): void {
  rmSync(root, { recursive: true, force: true, maxRetries: 3 });
}

const checksOf = (scenario: Scenario) => scenario.checks ?? [testsOfRepository];

/** `@kill:NAME@` in a command kills the orchestrator there, once for each name. */
const withKill = (own: string, command: string): string =>
  command.replace(/@kill:(\w+)@/g, (_, name) => `sh ${quoted(join(own, "kill.sh"))} ${name}`);

function planOf({ given, own }: Place, scenario: Scenario): NeutralPlan {
  const phase = (one: Phase): NeutralPhase => {
    const deliverables = one.deliverables.map((item) => (typeof item === "string" ? { path: item } : item));
    return {
      id: one.id,
      description: one.description,
      deliverables,
      scope: one.scope ?? deliverables.map(({ path }) => path),
      dependsOn: one.dependsOn ?? [],
      tier: one.tier ?? 1,
      budget: { attempts: 3, ...one.budget },
      acceptance: (one.acceptance ?? []).map((command) => withKill(own, command)),
      builder:
        one.program ?? `exec ${quoted(process.execPath)} ${quoted(player)} ${quoted(own)} ${quoted(one.id)}`,
    };
  };
  return {
    version: 1,
    id: scenario.name,
    goal: scenario.about,
    repository: join(given, "repo"),
    setup: (scenario.setup ?? []).map((command) => withKill(own, command)),
    checks: checksOf(scenario).map((check, index) => ({
      ...check,
      run: `sh ${quoted(join(own, "check.sh"))} ${index}`,
    })),
    protect: scenario.protect ?? [],
    budget: scenario.budget ?? {},
    maxParallel: scenario.maxParallel ?? 1,
    isolation: scenario.isolated ? "own" : "none",
    reach: { readable: [import.meta.dirname, own], writable: [own] },
    phases: scenario.phases.map(phase),
  };
}

/** Runs a check, and where it passes notes which phases' work lies in this tree: that work is verified. */
const checkScript = (own: string): string => `own=${quoted(own)}
sh "$own/checks/$1"
code=$?
if [ $code -eq 0 ]; then
  for oracle in "$own"/oracles/*; do
    BASE="$own/base" sh "$oracle" > /dev/null 2>&1 && basename "$oracle" >> "$own/verified"
  done 2> /dev/null
fi
exit $code
`;

const killScript = (own: string): string => `own=${quoted(own)}
[ -e "$own/killed-$1" ] && exit 0
: > "$own/killed-$1"
kill -9 "-$(cat "$own/group")"
sleep 1
`;

function gitScript(
  own: string,
  { matching = [], nth, after }: NonNullable<NonNullable<Scenario["faults"]>["atGit"]>,
): string {
  const kill = `[ "$count" -eq ${nth} ] && { kill -9 "-$(cat "$own/group")"; kill -9 $$; }`;
  return `#!/bin/sh
own=${quoted(own)}
PATH="\${PATH#*:}"
case " $* " in
  ${matching.map((text) => `*${quoted(text)}*`).join(" | ") || "*"})
    echo "$*" >> "$own/git-calls"
    count=$(wc -l < "$own/git-calls")
    ${after ? 'git "$@"; code=$?' : ":"}
    ${kill}
    ${after ? 'exit "$code"' : ":"}
    ;;
esac
exec git "$@"
`;
}

/** The number of the orchestrator's process group, for whoever kills it. */
export const noteGroup = ({ own }: Place, pid: number): void =>
  writeFileSync(join(own, "group"), String(pid));
