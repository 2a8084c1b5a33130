import { createHash } from "node:crypto";
import { canonicalJson } from "../domain/canonical.ts";
import type { PinnedBuilder } from "../domain/events.ts";
import { type PhaseSpec, type Plan, proofOf } from "../domain/plan.ts";

/** What carries a phase out and proves it, besides its own text. */
export interface PhaseWork extends Pick<Plan, "setup" | "carry" | "checks" | "policy"> {
  /** Undefined where lint found none: such a phase is refused. */
  readonly builder: PinnedBuilder | undefined;
}

/**
 * Identity of a phase and its proof: SHA-256 of the canonical JSON of its text with defaults filled in; what its builder
 * runs or plays, and the plan's setup, carried files, checks and what it asks of the gate. Left out is what proves nothing:
 * the budget, and what is done after a failure. A linked run skips a certified phase only where all of that is as it was.
 */
export function phaseHash(phase: PhaseSpec, { builder, setup, carry, checks, policy }: PhaseWork): string {
  const { budget: _, fallback: __, ask: ___, ...text } = phase;
  const { coverage, tests, tampering } = policy;
  const gate = { coverage, tests, tampering };
  const whole = {
    phase: text,
    builder: builder ? identityOf(builder) : null,
    setup,
    carry,
    checks: checks.map(proofOf),
    gate,
  };
  return createHash("sha256").update(canonicalJson(whole)).digest("hex");
}

/** Where a script lies does not matter, nor what a builder is called, reports or may reach. */
const identityOf = (builder: PinnedBuilder) =>
  builder.kind === "scripted" ? { script: builder.sha256 } : { argv: builder.argv, env: builder.env };

const suffixLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

/**
 * The id of a new run: the plan's id and eight letters or digits.
 * `randomBytes` gives that many bytes; those that would favour some letters are drawn again.
 */
export function createRunId(planId: string, randomBytes: (count: number) => Uint8Array): string {
  const fair = 256 - (256 % suffixLetters.length);
  let suffix = "";
  while (suffix.length < 8) {
    for (const byte of randomBytes(8)) {
      if (byte < fair && suffix.length < 8) suffix += suffixLetters[byte % suffixLetters.length];
    }
  }
  return `${planId}-${suffix}`;
}
