import type { Reach } from "../domain/isolation.ts";
import { normalisePath } from "../domain/paths.ts";
import type { Argv, BuilderRef, CheckSpec, Plan } from "../domain/plan.ts";
import type { AcceptanceFile, BuilderFile, CheckFile, CommandFile, DraftFrame, ReachFile } from "./schema.ts";

/** What the configuration says where the plan is silent. */
export interface PlanDefaults {
  readonly setup: readonly Argv[];
  readonly carry: readonly string[];
  readonly checks: readonly CheckSpec[];
  /** Name of a configured builder; null when there is no default. */
  readonly builder: string | null;
  /** Names of builders that take over. Left out: none. */
  readonly fallback?: readonly string[];
  readonly ask?: boolean;
  readonly attempts: number;
  readonly minutes: number;
  /** Tokens of one phase; null for no limit. */
  readonly tokens: number | null;
}

/** A command as the file has it, as what is started. */
export function toArgv(command: CommandFile): Argv {
  return typeof command === "string" ? ["sh", "-c", command] : (command as [string, ...string[]]);
}

/** A path that the schema let through, in git's form. */
export function resolvePath(raw: string): string {
  const path = normalisePath(raw);
  return path.ok ? path.value : raw;
}

const resolvePaths = (raw: string | readonly string[]): string[] => [raw].flat().map(resolvePath);

export function resolveChecks(checks: Readonly<Record<string, CheckFile>>): CheckSpec[] {
  return Object.entries(checks).map(([name, check]) => {
    if (typeof check === "string" || Array.isArray(check)) return { name, argv: toArgv(check) };
    return {
      name,
      argv: toArgv(check.run),
      ...(check.report === undefined ? {} : { report: resolvePaths(check.report) }),
      ...(check.coverage === undefined ? {} : { coverage: resolvePaths(check.coverage) }),
      ...(check.rerun === undefined ? {} : { rerun: toArgv(check.rerun) }),
      ...(check.fix === undefined ? {} : { fix: toArgv(check.fix) }),
      ...(check.network === undefined ? {} : { network: check.network }),
    };
  });
}

export function resolveAcceptance(acceptance: readonly AcceptanceFile[]): CheckSpec[] {
  return acceptance.map((entry, index) => {
    const name = `acceptance-${index + 1}`;
    if (typeof entry === "string" || Array.isArray(entry)) return { name, argv: toArgv(entry) };
    const network = entry.network === undefined ? {} : { network: entry.network };
    return { name: entry.name ?? name, argv: toArgv(entry.run), ...network };
  });
}

export function resolvePolicy(policy: DraftFrame["policy"]): Plan["policy"] {
  const { coverage, tests, tampering } = policy ?? {};
  return {
    protect: policy?.protect ?? [],
    grants: policy?.grants ?? [],
    coverage: {
      ...(coverage?.min_changed === undefined ? {} : { minChanged: coverage.min_changed }),
      ...(coverage?.max_drop === undefined ? {} : { maxDrop: coverage.max_drop }),
      unmeasured: coverage?.unmeasured ?? "review",
    },
    tests: { flaky: tests?.flaky ?? "allow", removed: tests?.removed ?? "review" },
    tampering: { allow: (tampering?.allow ?? []).map(withoutUndefined) },
  };
}

/** A named builder with an empty name is one that nobody named; lint refuses it. */
export function resolveBuilder(builder: BuilderFile | undefined, fallback: string | null): BuilderRef {
  if (builder === undefined) return { kind: "named", name: fallback ?? "" };
  if (typeof builder === "string") return { kind: "named", name: builder };
  const { network, readable, writable } = builder;
  const reach = (network ?? readable ?? writable) ? { reach: resolveReach(builder) } : {};
  if (builder.command !== undefined) return { kind: "command", argv: toArgv(builder.command), ...reach };
  return { kind: "scripted", script: builder.scripted ?? "", ...reach };
}

/** What a builder may reach; the network unless its entry says otherwise. */
export const resolveReach = ({ network, readable, writable }: ReachFile): Reach => ({
  network: network ?? "full",
  readable: readable ?? [],
  writable: writable ?? [],
});

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

export function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<T>;
}
