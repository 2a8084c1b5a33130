import { createHash } from "node:crypto";
import { canonicalJson } from "../domain/canonical.ts";
import type { PhaseSpec } from "../domain/plan.ts";

/**
 * Identity of a phase's plan text: SHA-256 of its canonical JSON, defaults filled in. What a named builder runs and
 * what a script says is not part of it: a phase certified once stays so when its builder changes.
 */
export function phaseHash(phase: PhaseSpec): string {
  return createHash("sha256").update(canonicalJson(phase)).digest("hex");
}

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
