import type { App } from "../app.ts";
import type { TestRuns } from "../assessment/evidence/run-own-tests.ts";
import { AppError, exitCodes } from "../domain/app-error.ts";
import type { CreditProof } from "../domain/dispositions.ts";
import { type CheckRuns, type ChecksAt, createCheckRuns, proofOf } from "../executor/checks-at.ts";
import type { CommandContext } from "./command-context.ts";
import { listenForSignals } from "./drive.ts";
import { assertTrusted } from "./trust.ts";
import { shortHash } from "./views/text.ts";

/**
 * Lets `use` run the configured checks on commits. What the repository's configuration runs has to be trusted; a
 * signal stops what runs, and ends the command.
 */
export async function withCheckRuns<T>(
  context: CommandContext,
  app: App,
  use: (runs: CheckRuns) => Promise<T>,
): Promise<T> {
  await assertTrusted(context, app);
  const signals = listenForSignals();
  try {
    const deps = await app.openExecutor({ onEvent: () => undefined, onOutput: () => undefined });
    const runs = await createCheckRuns(deps, { config: app.config, stop: signals.stop });
    return await use({
      checks: runs.checks,
      async runAt(commit, names) {
        context.terminal.note(`Running ${names.join(", ")} on ${shortHash(commit)} …`);
        const ran = await runs.runAt(commit, names);
        if (signals.stop.aborted) throw stopped();
        return ran;
      },
    });
  } finally {
    signals.release();
  }
}

/** The own tests of phases, by the report of the first check that leaves one; a commit's checks run once. */
export function ownTestRuns({ checks, runAt }: CheckRuns, at: string, findFirst: boolean): TestRuns {
  const check = checks.find(({ report }) => report);
  if (!check) throw noReport();
  const known = new Map<string, Promise<ChecksAt>>();
  const ran = (commit: string): Promise<ChecksAt> => {
    const before = known.get(commit) ?? runAt(commit, [check.name]);
    known.set(commit, before);
    return before;
  };
  return {
    findFirst,
    async runAt(commit, files) {
      const done = await ran(commit);
      const [result] = done.ok ? done.value.checks : [];
      const why = done.ok ? result?.tests === null && (result.why ?? "it left no report") : done.error;
      // An earlier commit may well be one on which nothing could be run yet.
      if (why && commit === at) throw testsNotRun(check.name, why);
      const statuses = (result?.tests ?? [])
        .filter(({ file }) => file !== null && files.includes(file))
        .map(({ status }) => status);
      if (statuses.includes("failed")) return "fail";
      return statuses.includes("passed") ? "pass" : "not-run";
    },
  };
}

/** What proves that a commit is as its checks want it. @throws AppError `checks-not-passed` */
export async function proveCommit({ checks, runAt }: CheckRuns, commit: string): Promise<CreditProof> {
  if (checks.length === 0) throw noChecks();
  const ran = await runAt(
    commit,
    checks.map(({ name }) => name),
  );
  if (!ran.ok) throw checksNotPassed(commit, ran.error);
  const proof = proofOf(commit, ran.value);
  if (proof) return proof;
  const failed = ran.value.checks.filter(({ outcome }) => outcome !== "passed");
  throw checksNotPassed(
    commit,
    failed.map(({ name, outcome, why }) => `${name} ${outcome}${why === null ? "" : ` (${why})`}`).join(", "),
  );
}

const noChecks = (): AppError =>
  new AppError({
    code: "no-checks",
    message: "no check is configured, and none was found that fits the repository",
    action: "Add `checks` to autopack.yaml; `autopack init` proposes some.",
    exitCode: exitCodes.plan,
  });

const noReport = (): AppError =>
  new AppError({
    code: "no-test-report",
    message: "no configured check leaves a test report, so nobody could tell whose tests passed",
    action: "Give a check in autopack.yaml a `report`; `autopack init` proposes one.",
    exitCode: exitCodes.plan,
  });

const testsNotRun = (check: string, why: string): AppError =>
  new AppError({
    code: "tests-not-run",
    message: `the check ${check} could not be run on the revision: ${why}`,
    action: "Mend it, or leave --run-tests out.",
    exitCode: exitCodes.environment,
  });

const checksNotPassed = (commit: string, why: string): AppError =>
  new AppError({
    code: "checks-not-passed",
    message: `nothing was recorded: on ${shortHash(commit)} ${why}`,
    action: "Mend it and plan again, or leave --verify out: the credits are unverified then, for ever.",
    exitCode: exitCodes.incomplete,
  });

const stopped = (): AppError =>
  new AppError({
    code: "stopped",
    message: "stopped by a signal",
    action: "Run the command again.",
    exitCode: exitCodes.interrupted,
  });
