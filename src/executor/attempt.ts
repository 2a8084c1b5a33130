import { ok } from "../domain/result.ts";
import { classify, observationOf } from "../failures/classify/classify.ts";
import { toFailure } from "../failures/fingerprint.ts";
import { prepareParsers } from "../verification/build-check/parse-apart.ts";
import { build } from "./build-step.ts";
import { governChange } from "./change-step.ts";
import { discardWorkspace } from "./discard.ts";
import { integrate } from "./integrate-step.ts";
import { interruptAttempt } from "./interrupt.ts";
import { type AttemptContext, attemptOf, type Step, type StepEnd } from "./step.ts";
import { verify } from "./verify-step.ts";

/**
 * One try at a phase. Every step stores what came of it before the next begins, and a step whose outcome is
 * stored already is not done again: an attempt that a crash cut off goes on from here.
 */
export async function runAttempt(context: AttemptContext): Promise<void> {
  const end = await carryOut(context);
  if (!end.ok) await endEarly(context, end.error);
}

async function carryOut(context: AttemptContext): Promise<Step<void>> {
  prepareParsers();
  const built = await build(context);
  if (!built.ok) return built;

  const change = await governChange(context);
  if (!change.ok) return change;

  const { verification, approvals, part } = attemptOf(context);
  if (part && part.number < part.of) {
    const { journal, phaseId, attempt } = context;
    await journal.append({ type: "part-built", data: { phaseId, attempt } });
    return ok(undefined);
  }
  // What a person approved is verified where it goes: on the head of now.
  if (!approvals && verification?.decision !== "pass") {
    const { base, tree, commit } = change.value;
    const verified = await verify(context, { tree, commit, onto: base, merged: false });
    if (!verified.ok) return verified;
  }
  return integrate(context, change.value);
}

async function endEarly(context: AttemptContext, end: StepEnd): Promise<void> {
  const { deps, journal, phaseId, attempt } = context;
  const state = attemptOf(context);
  if (end.do === "fail") {
    const failure = toFailure(classify(observationOf(end.problem), deps.platform.clock.now()));
    const tree = state.change?.tree ?? null;
    await journal.append(...end.events, {
      type: "attempt-failed",
      data: { phaseId, attempt, failure, tree },
    });
    await discardWorkspace(context, "build");
    return;
  }
  if (end.do === "stop") await stopAttempt(context);
}

/** Stopped by a person: a builder that was at work starts anew later; what came after it goes on where it was. */
export async function stopAttempt(context: AttemptContext): Promise<void> {
  if (!attemptOf(context).build) await interruptAttempt(context, "stopped", "stopped by a person");
}
