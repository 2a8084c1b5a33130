import type { StepValue } from "./script-schema.ts";
import { endAfter, type Stage, type StepEnd } from "./stage.ts";

type Played = Promise<StepEnd | undefined>;

const shell = (stage: Stage, script: string, ...args: string[]) =>
  stage.runProgram(["sh", "-c", script, "step", ...args]);

export async function run(step: StepValue<"run">, stage: Stage): Played {
  const { command, allow_failure: mayFail } =
    typeof step === "string" ? { command: step, allow_failure: false } : step;
  const result = await shell(stage, command);
  const failed = result.ended === "exited" || result.ended === "signalled";
  return failed && mayFail ? undefined : endAfter(stage, result);
}

export async function emitMegabytes(megabytes: StepValue<"emit_megabytes">, stage: Stage): Played {
  const line = "all work and no play makes a long log and nothing else at all ";
  const bytes = String(Math.round(megabytes * 1_000_000));
  return endAfter(stage, await shell(stage, 'yes "$1" | head -c "$2"', line, bytes));
}

/** Without `setsid` (macOS) the process stays in the session, and ignores the signals that would end it. */
const daemonScript = `
  if command -v setsid >/dev/null 2>&1; then setsid sleep 86400 & else (trap '' HUP TERM; sleep 86400) & fi`;

export async function daemon(_: StepValue<"daemon">, stage: Stage): Played {
  return endAfter(stage, await shell(stage, daemonScript));
}

/** Everything by which git can be made to run a program, each writing the mark. */
const gitConfigScript = `
  set -e
  hooks="$PWD/.git/hooks"
  mkdir -p "$hooks"
  case $1 in /*) mark=$1 ;; *) mark=$PWD/$1 ;; esac
  printf '%s' "$mark" >"$hooks/mark"
  for name in fsmonitor clean pre-commit post-commit post-checkout post-merge pre-push post-index-change \\
    reference-transaction commit-msg prepare-commit-msg; do
    printf '#!/bin/sh\\n: >"$(cat "$(dirname "$0")/mark")"\\n' >"$hooks/$name"
    chmod 755 "$hooks/$name"
  done
  git config core.hooksPath "$hooks"
  git config core.fsmonitor "$hooks/fsmonitor"
  git config filter.poison.clean "'$hooks/clean'; cat"
  mkdir -p .git/info
  echo '* filter=poison' >>.git/info/attributes`;

export async function gitConfig(step: StepValue<"git_config">, stage: Stage): Played {
  return endAfter(stage, await shell(stage, gitConfigScript, step.mark));
}

const pushScript = `
  for remote in $(git remote) "$@"; do git push "$remote" "+HEAD:refs/heads/pushed-by-builder"; done
  exit 0`;

export async function push(step: StepValue<"push">, stage: Stage): Played {
  return endAfter(stage, await shell(stage, pushScript, ...(step === true ? [] : [step.to])));
}
