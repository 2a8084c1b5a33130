import { AppError } from "../../domain/app-error.ts";
import { builderFailed } from "../problem.ts";
import { retryAfter } from "../reported.ts";
import * as fileSteps from "./file-steps.ts";
import * as programSteps from "./program-steps.ts";
import { type Step, type StepName, type StepValue, stepNames } from "./script-schema.ts";
import { type Stage, type StepEnd, scriptAtFault, stoppedEnd, timedOutEnd } from "./stage.ts";

type Player<N extends StepName> = (value: StepValue<N>, stage: Stage) => Promise<StepEnd | undefined>;

const players: { readonly [N in StepName]: Player<N> } = {
  write: fileSteps.write,
  append: fileSteps.append,
  replace: fileSteps.replace,
  delete: fileSteps.remove,
  truncate: fileSteps.truncate,
  chmod: fileSteps.chmod,
  symlink: fileSteps.symlink,
  poison: fileSteps.poison,
  run: programSteps.run,
  emit_megabytes: programSteps.emitMegabytes,
  daemon: programSteps.daemon,
  git_config: programSteps.gitConfig,
  push: programSteps.push,
  async say(text, stage) {
    await stage.say(text);
    return undefined;
  },
  async hang(_, stage) {
    await stage.deps.clock.sleep(Math.max(0, stage.remainingMs()), stage.task.signal);
    return stage.task.signal.aborted ? stoppedEnd : timedOutEnd(stage);
  },
  async rate_limit({ retry_after_seconds: seconds }, stage) {
    const message = `the provider asked to come back after ${seconds} s`;
    const retry = retryAfter(stage.deps.clock.now(), seconds);
    return {
      exitCode: null,
      problem: { kind: "rate-limited", message, evidence: [], ...retry },
      reports: true,
    };
  },
  async unavailable(why) {
    const message = why === true ? "the provider could not be reached" : why;
    return {
      exitCode: null,
      problem: { kind: "provider-unavailable", message, evidence: [] },
      reports: true,
    };
  },
  async kill_host() {
    process.kill(process.pid, "SIGKILL");
    return undefined;
  },
  exit: async (code) => exitWith(code),
};

/** The end of a build that exits with `code`. */
export function exitWith(code: number): StepEnd {
  const problem = code === 0 ? {} : { problem: builderFailed(`the builder exited with ${code}`) };
  return { exitCode: code, ...problem, reports: true };
}

/** Plays steps in order until one of them ends the build. */
export async function playSteps(steps: readonly Step[], stage: Stage): Promise<StepEnd | undefined> {
  for (const step of steps) {
    if (stage.task.signal.aborted) return stoppedEnd;
    if (stage.remainingMs() <= 0) return timedOutEnd(stage);
    if (step.if_prompt_contains !== undefined && !stage.task.prompt.includes(step.if_prompt_contains))
      continue;
    const end = await playStep(step, stage);
    if (end) return end;
  }
  return undefined;
}

async function playStep(step: Step, stage: Stage): Promise<StepEnd | undefined> {
  const name = stepNames.find((candidate) => step[candidate] !== undefined);
  if (name === undefined) return undefined;
  try {
    return await play(name, step, stage);
  } catch (error) {
    const refused = error instanceof AppError ? (error.cause ?? error) : error;
    if (!isPathError(refused)) throw error;
    return scriptAtFault(`${name}: ${refused.message}`);
  }
}

/** What a path can be refused for; anything else is not the script's doing. */
const pathErrors = [
  "ENAMETOOLONG",
  "EISDIR",
  "ENOTDIR",
  "EEXIST",
  "ENOTEMPTY",
  "ELOOP",
  "EACCES",
  "EPERM",
  "not-readable",
];

function isPathError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && pathErrors.includes(String(error.code));
}

function play<N extends StepName>(name: N, step: Step, stage: Stage): Promise<StepEnd | undefined> {
  return players[name](step[name] as StepValue<N>, stage);
}
