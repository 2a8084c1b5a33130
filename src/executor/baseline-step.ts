import { join } from "node:path";
import type { CheckResult } from "../domain/certificate.ts";
import type { BaselineRecord } from "../domain/events.ts";
import type { CheckSpec } from "../domain/plan.ts";
import { ok } from "../domain/result.ts";
import { readCommit } from "../platform/commits.ts";
import { assessBaseline, countTests } from "../verification/tests/assess-run.ts";
import { keepFacts, readFacts } from "./check-facts.ts";
import { digestOf, hashFiles } from "./digest.ts";
import { discardWorkspace } from "./discard.ts";
import { type KnownCheck, knownFrom, parseKnownCheck } from "./known-check.ts";
import { prepareWorkspace } from "./prepare-step.ts";
import { rerunTests } from "./rerun-step.ts";
import { runInWorkspace } from "./run-command.ts";
import type { AttemptContext, Step } from "./step.ts";

/**
 * What a check says of `onto`, the tree without the change: what the phase that made it was certified with, else what
 * an earlier run kept of the same tree, commands and environment, else what the check says in a fresh workspace now.
 */
export function baselineOf(
  context: AttemptContext,
  spec: CheckSpec,
  onto: string,
): Promise<Step<KnownCheck>> {
  const { shared, journal } = context;
  return shared.baseline.run(async () => {
    const memo = `${spec.name} ${onto}`;
    const known = shared.baselines.get(memo) ?? certifiedWith(context, spec, onto);
    if (known) return ok(known);
    const tree = (await readCommit(context.deps.platform, context.deps.repository, onto))?.tree;
    if (tree === undefined) throw new Error(`the commit ${onto} is gone`);
    const key = await keyOf(context, spec, tree);
    const kept = await findKept(context, key);
    const made = kept ? ok(kept) : await make(context, spec, onto, key);
    if (!made.ok) return made;
    shared.baselines.set(memo, made.value);
    const { state, why, exitCode, counts } = made.value;
    const record: BaselineRecord = {
      check: spec.name,
      commit: onto,
      tree,
      key,
      use: kept ? "found" : "made",
      state,
      ...(why === undefined ? {} : { why }),
      exitCode,
      counts,
    };
    await journal.append({ type: "baseline-recorded", data: record });
    return made;
  });
}

/** What is known of the tree already, without a run of the check; null where it has to be made. */
export async function findBaseline(
  context: AttemptContext,
  spec: CheckSpec,
  onto: string,
): Promise<KnownCheck | null> {
  const known = context.shared.baselines.get(`${spec.name} ${onto}`) ?? certifiedWith(context, spec, onto);
  if (known) return known;
  const tree = (await readCommit(context.deps.platform, context.deps.repository, onto))?.tree;
  return tree === undefined ? null : findKept(context, await keyOf(context, spec, tree));
}

/** The check of the phase whose certificate names the commit: it ran on the very tree. */
function certifiedWith({ journal }: AttemptContext, spec: CheckSpec, onto: string): KnownCheck | null {
  const { certificate } = journal.state.phases.find((phase) => phase.certificate?.commit === onto) ?? {};
  const check = certificate?.checks.find(
    ({ name, kind, argv }) =>
      name === spec.name && kind === "check" && digestOf(argv) === digestOf(spec.argv),
  );
  return check ? knownFrom(check) : null;
}

/** SHA-256 of all that the result depends on, as far as it can be told: the tree, the commands, the environment. */
async function keyOf({ deps, journal }: AttemptContext, spec: CheckSpec, tree: string): Promise<string> {
  const { plan, readable } = journal.state.created;
  return digestOf({
    format: 1,
    tree,
    spec,
    setup: plan.setup,
    carry: await hashFiles(deps.platform.files, deps.repository.user.root, plan.carry),
    readable: await hashFiles(deps.platform.files, "/", readable),
    environment: await deps.environment(),
  });
}

const recordPath = (key: string): string => `baselines/${key}/record.json`;

/** Only with all that it names: what is not there any more cannot be compared with. */
async function findKept({ deps }: AttemptContext, key: string): Promise<KnownCheck | null> {
  const { files } = deps.platform;
  const text = await files.read(join(deps.artifactsRoot, recordPath(key)));
  const known = text && parseKnownCheck(text.toString("utf8"));
  if (!known) return null;
  for (const part of [known.report, known.lines, known.places])
    if (part && !(await files.stat(join(deps.artifactsRoot, part.path)))) return null;
  return known;
}

async function make(
  context: AttemptContext,
  spec: CheckSpec,
  onto: string,
  key: string,
): Promise<Step<KnownCheck>> {
  const { deps } = context;
  const what = `baseline-${spec.name}`;
  try {
    const made = await runAtBase(context, spec, onto, what, key);
    // Whatever kept it from its end may be another thing tomorrow.
    if (made.ok && made.value.exitCode !== null)
      await deps.platform.files.write(join(deps.artifactsRoot, recordPath(key)), JSON.stringify(made.value));
    return made;
  } finally {
    await discardWorkspace(context, what);
  }
}

const unusable = (why: string, exitCode: number | null = null): KnownCheck => ({
  state: "unusable",
  why,
  exitCode,
  counts: null,
});

async function runAtBase(
  context: AttemptContext,
  spec: CheckSpec,
  onto: string,
  what: string,
  key: string,
): Promise<Step<KnownCheck>> {
  const workspace = await prepareWorkspace(context, what, onto, async () => undefined);
  if (!workspace.ok)
    return workspace.error.do === "fail" ? ok(unusable(workspace.error.problem.message)) : workspace;
  const { checkMs, rerunTests: most } = context.journal.state.created.limits;
  const ran = await runInWorkspace(context, workspace.value, what, {
    spec,
    kind: "check",
    timeoutMs: checkMs,
  });
  if (!ran.ok) return ran;
  const { exitCode } = ran.value.result;
  if (exitCode === null) return ok(unusable(whyNoEnd(ran.value.result)));
  const facts = await readFacts(context, workspace.value, spec, ran.value);
  const path = `baselines/${key}/${spec.name}`;
  if (!spec.report) {
    const kept = await keepFacts(context, path, facts);
    return ok({ state: "valid", exitCode, counts: null, ...kept });
  }

  const { state, why } = assessBaseline({ exitCode, report: facts.tests ?? { kind: "missing" } });
  if (state === "unusable" || facts.tests?.kind !== "read")
    return ok(unusable(why ?? "it left no report", exitCode));
  const failing = facts.tests.report.tests.filter(({ status }) => status === "failed");
  // One that fails by chance must not count as one that failed before.
  const reruns = await rerunTests(context, workspace.value, what, spec, failing.length > most ? [] : failing);
  if (!reruns.ok) return reruns;
  const kept = await keepFacts(context, path, facts, reruns.value);
  return ok({ state, exitCode, counts: countTests(facts.tests.report), ...kept });
}

const whyNoEnd = ({ why, argv }: CheckResult): string => why ?? `${argv[0]} did not end by itself`;
