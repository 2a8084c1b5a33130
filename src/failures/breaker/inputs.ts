import { createHash } from "node:crypto";
import type { Inputs } from "../../domain/breaker.ts";
import { canonicalJson } from "../../domain/canonical.ts";

/** A short text that differs when the value does: the first 16 hex digits of the SHA-256 of its canonical JSON. */
export const digestInput = (value: unknown): string =>
  createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 16);

/** Whether all that a failure depended on is as it was. What one side does not know of has changed. */
export const matches = (depended: Inputs, now: Inputs): boolean =>
  Object.entries(depended).every(([name, value]) => now[name] === value);

/** The inputs of those names, as far as they are known. */
export const pickInputs = (inputs: Inputs, names: readonly string[]): Inputs =>
  Object.fromEntries(Object.entries(inputs).filter(([name]) => names.includes(name)));
