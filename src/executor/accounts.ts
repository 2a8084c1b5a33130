import { createHash } from "node:crypto";
import { isRepair } from "../domain/builders.ts";
import type { PinnedBuilder } from "../domain/events.ts";
import { digestInput } from "../failures/breaker/inputs.ts";
import type { ExecutorDeps } from "./deps.ts";

/** What a limit of a provider may concern: everybody with its key, or only one builder with it. */
interface Accounts {
  /** Of what is too much within seconds or minutes. */
  readonly key: string;
  /** Of what is granted in hours or days: mostly to one model. */
  readonly builder: string;
}

/** In which order a variable's name is taken for that of the provider's key. */
const keyNames: readonly RegExp[] = [/api_?key/i, /access_?key_?id|auth_?token|oauth/i, /key|token|secret/i];

/**
 * The accounts with a provider that a builder uses: named by the variable that holds the key, else by the builder, with a few
 * digits of the key's hash. So builders with one key share it, in whatever run. Null where no provider is asked.
 */
export function accountOf(
  deps: Pick<ExecutorDeps, "variablesOf">,
  builder: PinnedBuilder | undefined,
): Accounts | null {
  if (!builder || isRepair(builder.name)) return null;
  // A script simulates a provider of its own.
  if (builder.kind === "scripted") return both(`script ${builder.sha256.slice(0, 16)}`);
  const set = Object.entries(deps.variablesOf(builder)).filter(([, value]) => value !== "");
  const named = keyNames
    .map((pattern) => set.find(([name]) => pattern.test(name)))
    .find((found) => found !== undefined);
  const key = named ? `${named[0]} ${checkDigits(named)}` : `builder ${builder.name}`;
  const models = set.filter(([name]) => /model/i.test(name));
  return { key, builder: `${key} ${digestInput([builder.argv, models]).slice(0, 8)}` };
}

const both = (account: string): Accounts => ({ key: account, builder: account });

export const accountsOf = (
  deps: Pick<ExecutorDeps, "variablesOf">,
  builder: PinnedBuilder | undefined,
): readonly string[] => [...new Set(Object.values(accountOf(deps, builder) ?? {}))];

/** So few digits that nothing of a secret can be found by them, and enough to tell two of them apart. */
export const checkDigits = ([name, value]: readonly [string, string]): string =>
  createHash("sha256").update(`${name}=${value}`).digest("hex").slice(0, 4);
