import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Observed } from "./carry-out.ts";
import { layOut, tipsOf } from "./git-folder.ts";
import type { NeutralResult } from "./handover.ts";
import { type Cause, causesOf, type Phase, type Scenario } from "./scenario.ts";

/** Every number is of phases, but `interrupted` and `unrecovered` (scenarios), `stated`, `wrongCause`, `unstated` (failures). */
export interface Judgement {
  readonly complete: number;
  readonly falseDone: number;
  readonly verified: number;
  readonly lost: number;
  readonly interrupted: number;
  readonly unrecovered: number;
  readonly stated: number;
  readonly wrongCause: number;
  readonly unstated: number;
  /** Phases that can be done, and those of them that were not reported complete. */
  readonly doable: number;
  readonly missed: number;
  readonly spend: { readonly spent: number; readonly cap: number } | null;
  readonly tooEarly: number;
  /** Where the orchestrator's word and the truth differ, in words. */
  readonly differences: readonly string[];
  /** What the harness itself has to say. */
  readonly problems: readonly string[];
}

const longestOracleMs = 30_000;

/** Compares what an orchestrator says with what is there. Only git and the scenario's oracles are asked. */
export function judge(scenario: Scenario, observed: Observed, root: string): Judgement {
  const { result, place, interruptions, problems } = observed;
  const differences: string[] = [];
  const trees = createTrees(root, join(place.own, "base"));
  const places = (result?.places ?? []).map((path) => join(place.given, path));
  const states = new Map(result?.phases.map((phase) => [phase.id, phase]));

  let falseDone = 0;
  const complete = scenario.phases.filter(({ id }) => states.get(id)?.state === "complete");
  for (const phase of complete) {
    if (result?.head && trees.holdsIn(places, result.head, phase)) continue;
    falseDone++;
    differences.push(`false-done: ${phase.id} is reported complete, and is not done`);
  }

  const noted = readLines(join(place.own, "verified"));
  const verified = scenario.phases.filter(
    ({ id, done }) => done !== "no" && (noted.has(id) || states.get(id)?.state === "complete"),
  );
  const lost = verified.filter((phase) => {
    const commits = [...(result?.head ? [result.head] : []), ...places.flatMap(tipsOf)];
    return !commits.some((commit) => trees.holdsIn(places, commit, phase));
  });
  for (const { id } of lost) differences.push(`lost: the work of ${id} was verified, and no ref leads to it`);

  const unrecovered = interruptions > 0 && (result === null || result.run === "open");
  if (unrecovered)
    differences.push(`unrecovered: cut off, and after being resumed ${result?.run ?? "without a result"}`);

  const missed = scenario.phases.filter(
    ({ id, done }) => done === "yes" && states.get(id)?.state !== "complete",
  );
  for (const { id } of missed) {
    const { state = "not reported", cause = null } = states.get(id) ?? {};
    differences.push(`missed: ${id} can be done, and is ${state}${cause ? ` (${cause})` : ""}`);
  }

  const causes = judgeCauses(scenario, result, differences);
  const cap = scenario.budget?.tokens ?? scenario.phases[0]?.budget?.tokens;
  const spend = cap === undefined ? null : { spent: observed.spent, cap };
  if (spend && spend.spent > spend.cap * 1.02)
    differences.push(`overspend: ${spend.spent} tokens of ${spend.cap}`);
  trees.remove();
  return {
    complete: complete.length,
    falseDone,
    verified: verified.length,
    lost: lost.length,
    interrupted: interruptions > 0 ? 1 : 0,
    unrecovered: unrecovered ? 1 : 0,
    ...causes,
    doable: scenario.phases.filter(({ done }) => done === "yes").length,
    missed: missed.length,
    spend,
    tooEarly: observed.tooEarly,
    differences,
    problems,
  };
}

/** Failed attempts by the entry that they played, and how a phase ended where that is something else. */
function judgeCauses(scenario: Scenario, result: NeutralResult | null, differences: string[]) {
  const counts = { stated: 0, wrongCause: 0, unstated: 0 };
  const compare = (what: string, stated: string | null, truth: Cause | readonly Cause[] | undefined) => {
    if (stated === null) return void counts.unstated++;
    counts.stated++;
    const causes = causesOf(truth);
    if (causes.some((cause) => cause === stated)) return;
    counts.wrongCause++;
    differences.push(`wrong cause: ${what} is ${stated}, and was ${causes.join(" or ") || "no failure"}`);
  };
  for (const phase of scenario.phases) {
    const said = result?.phases.find(({ id }) => id === phase.id);
    if (!said) continue;
    for (const { attempt, cause } of said.failures)
      compare(`attempt ${attempt} of ${phase.id}`, cause, entryOf(phase, attempt)?.cause ?? phase.cause);
    const last = said.failures.at(-1);
    if (said.state === "failed" && (!last || last.cause !== said.cause))
      compare(
        `the end of ${phase.id}`,
        said.cause,
        phase.cause ?? entryOf(phase, Number.POSITIVE_INFINITY)?.cause,
      );
  }
  return counts;
}

const entryOf = ({ builder }: Phase, attempt: number) => builder[Math.min(attempt, builder.length) - 1];

/** Lays commits out, each once, and asks oracles about them, each once. */
function createTrees(root: string, base: string) {
  const folder = join(root, "judged");
  const laidOut = new Map<string, string | null>();
  const answers = new Map<string, boolean>();

  function treeOf(places: readonly string[], commit: string): string | null {
    const known = laidOut.get(commit);
    if (known !== undefined) return known;
    const path = join(folder, commit);
    const found = places.some((place) => layOut(place, commit, path)) ? path : null;
    laidOut.set(commit, found);
    return found;
  }

  return {
    holdsIn(places: readonly string[], commit: string, phase: Phase): boolean {
      const key = `${commit} ${phase.id}`;
      const known = answers.get(key);
      if (known !== undefined) return known;
      const tree = treeOf(places, commit);
      const answer = tree !== null && asks(phase.oracle, tree, join(root, "judge"), base);
      answers.set(key, answer);
      return answer;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function asks(oracle: string, tree: string, home: string, base: string): boolean {
  mkdirSync(home, { recursive: true });
  const env = {
    PATH: `${join(process.execPath, "..")}:${process.env["PATH"]}`,
    HOME: home,
    TMPDIR: home,
    BASE: base,
  };
  const { status } = spawnSync("sh", ["-c", oracle], {
    cwd: tree,
    env,
    stdio: "ignore",
    timeout: longestOracleMs,
  });
  return status === 0;
}

const readLines = (file: string): Set<string> =>
  new Set(existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : []);
