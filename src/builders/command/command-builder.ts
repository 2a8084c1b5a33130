import type { PinnedBuilder } from "../../domain/events.ts";
import type { Problem } from "../../domain/failure.ts";
import type { Observation, ProviderError } from "../../domain/observation.ts";
import { redact } from "../../domain/redact.ts";
import type { Platform, ProcessResult } from "../../platform/ports.ts";
import type { Builder, BuildReport, BuildTask, ProbeReport, ProbeTask } from "../builder.ts";
import { builderFailed, problemOf } from "../problem.ts";
import { retryAfter } from "../reported.ts";
import { heldAs, taskEnvironment } from "../task-environment.ts";
import { nothingReported, type ReportedResult, readResultFile } from "./result-file.ts";
import { watchTokens } from "./token-watch.ts";

/**
 * Any program as a builder: it works in the workspace, reads its order from $AUTOPACK_PROMPT_FILE, and may
 * leave what it used and claims in $AUTOPACK_RESULT. `environment` is where the variables that the
 * configuration names get their values from; one that is not set there is not set for the program. Their values are secrets.
 */
export function createCommandBuilder(
  deps: Pick<Platform, "processes" | "files" | "clock">,
  pinned: Extract<PinnedBuilder, { kind: "command" }>,
  environment: Readonly<Record<string, string | undefined>>,
): Builder {
  const named: Record<string, string> = {};
  for (const name of pinned.env) {
    const value = environment[name];
    if (value !== undefined) named[name] = value;
  }
  const secrets = Object.values(named);
  const { probe } = pinned;
  return {
    ...(probe ? { probe: (task) => runProbe(deps, { ...pinned, argv: probe }, named, task) } : {}),
    async build(task) {
      // What an earlier, interrupted call left would be taken for this one's.
      await deps.files.remove(task.resultFile);
      const spent = new AbortController();
      let overspent: Problem | undefined;
      const done = new AbortController();
      const watching = watchTokens(deps, task, done.signal, (problem) => {
        overspent = problem;
        spent.abort();
      });
      const result = await deps.processes.run({
        ...heldAs(task, pinned.reach),
        argv: pinned.argv,
        env: { ...named, ...taskEnvironment(task) },
        timeoutMs: task.timeoutMs,
        graceMs: task.graceMs,
        marker: task.marker,
        log: task.log,
        signal: AbortSignal.any([task.signal, spent.signal]),
        onLine: task.onLine,
      });
      done.abort();
      await watching;
      const reported = await readResultFile(task.resultFile, secrets);
      const said: ReportedResult = reported.ok ? reported.value : nothingReported;
      const problem =
        (task.signal.aborted ? undefined : overspent) ??
        limitOf(said, deps.clock.now()) ??
        errorOf(said, result) ??
        problemOf(result, task.timeoutMs) ??
        (reported.ok ? undefined : resultInvalid(redact(reported.error, secrets), task));
      return toReport(result, said, problem, problem !== undefined && problem === overspent);
    },
  };
}

/** Exit code 0 says that the provider is there; anything else, and a probe that takes too long, that it is not. */
async function runProbe(
  { processes }: Pick<Platform, "processes">,
  { argv, reach }: Pick<Extract<PinnedBuilder, { kind: "command" }>, "argv" | "reach">,
  env: Readonly<Record<string, string>>,
  task: ProbeTask,
): Promise<ProbeReport> {
  const result = await processes.run({ ...task, argv, env, reach });
  const { ended, exitCode, error } = result;
  const why = ended === "exited" ? `exited with ${exitCode}` : (error ?? ended);
  return { passed: ended === "exited" && exitCode === 0, why };
}

function toReport(
  result: ProcessResult,
  said: ReportedResult,
  problem: Observation | undefined,
  isOverspent: boolean,
): BuildReport {
  const stopped = result.ended === "cancelled" && !isOverspent;
  return {
    exitCode: result.exitCode,
    durationMs: result.durationMs,
    tokens: said.tokens,
    claim: said.claim,
    decisions: said.decisions,
    log: result.log,
    ...(problem && !stopped ? { problem } : {}),
    stopped,
  };
}

/** A provider's limit goes before the exit code: it is why the program ended as it did. */
function limitOf({ failure }: ReportedResult, now: Date): Problem | undefined {
  if (!failure) return undefined;
  const { kind, message, retryAfterSeconds } = failure;
  const retry = retryAfterSeconds === undefined ? {} : retryAfter(now, retryAfterSeconds);
  return { kind, message, evidence: [], ...retry };
}

/** The provider's error that the program gives as the reason why it gave up. */
function errorOf({ error }: ReportedResult, result: ProcessResult): Observation | undefined {
  if (!error) return undefined;
  const { retry_after: asked, headers = {}, ...known } = error;
  const retry = asked === undefined ? {} : { "retry-after": String(asked) };
  const providerError = {
    ...known,
    headers: Object.fromEntries(
      Object.entries({ ...retry, ...headers }).map(([name, value]) => [name, String(value)]),
    ),
  } as ProviderError;
  const says = [error.status, error.code, error.message].filter((part) => part !== undefined).join(" ");
  return {
    ...builderFailed(`the builder's provider failed: ${says}`, [{ label: "log", detail: result.log.path }]),
    origin: "builder",
    providerError,
  };
}

const resultInvalid = (why: string, task: BuildTask): Problem => ({
  kind: "builder-result-invalid",
  message: "what the builder wrote to $AUTOPACK_RESULT is not the documented object",
  evidence: [
    { label: "path", detail: task.resultFile },
    { label: "message", detail: why },
  ],
});
