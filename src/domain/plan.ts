import type { Network, Reach } from "./isolation.ts";
import type { Purpose } from "./run.ts";

export const categories = [
  "backend",
  "frontend",
  "testing",
  "docs",
  "configuration",
  "database",
  "integration",
  "refactoring",
  "deployment",
] as const;
export type Category = (typeof categories)[number];

export const complexities = ["low", "medium", "high"] as const;
export type Complexity = (typeof complexities)[number];

/** What a program is started with; a command written as a string became `["sh", "-c", text]`. */
export type Argv = readonly [string, ...string[]];

/** `any`: create or modify. */
export const deliverableChanges = ["any", "create", "modify", "delete"] as const;
export type DeliverableChange = (typeof deliverableChanges)[number];

export const deliverableKinds = ["source", "test", "docs", "config", "data"] as const;
export type DeliverableKind = (typeof deliverableKinds)[number];

export interface Deliverable {
  /** Relative to the repository's root, with forward slashes. */
  readonly path: string;
  readonly change: DeliverableChange;
  readonly kind?: DeliverableKind;
  /** Texts that the file must hold, compared literally. */
  readonly mustContain: readonly string[];
}

export interface CheckSpec {
  /** `build`, `types`, `lint`, `test`, or `acceptance-1` … */
  readonly name: string;
  readonly argv: Argv;
  /** Where the command leaves its test reports, relative to the workspace. */
  readonly report?: readonly string[];
  /** Where it leaves its coverage reports. */
  readonly coverage?: readonly string[];
  /** Runs one test alone: `{file}`, `{name}` and `{id}` stand for it. Left out: the whole command is run again. */
  readonly rerun?: Argv;
  /** Mends by itself what the command finds, such as a formatter. */
  readonly fix?: Argv;
  /** Left out: `loopback`. */
  readonly network?: Network;
}

/** What of a check proves something: not what mends it. */
export function proofOf(check: CheckSpec): CheckSpec {
  const { fix: _, ...proof } = check;
  return proof;
}

/** Which builder a phase uses: one named in the configuration, or one written in the plan; `reach` left out: the default. */
export type BuilderRef =
  | { readonly kind: "named"; readonly name: string }
  | { readonly kind: "command"; readonly argv: Argv; readonly reach?: Reach }
  | { readonly kind: "scripted"; readonly script: string; readonly reach?: Reach };

export interface PhaseBudget {
  readonly tokens?: number;
  readonly attempts: number;
  /** Wall-clock minutes of one phase: its builders, checks and waits. */
  readonly minutes: number;
}

export interface PhaseSpec {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly category: Category;
  readonly complexity: Complexity;
  readonly deliverables: readonly Deliverable[];
  /** Globs (picomatch, dot files included). */
  readonly scope: { readonly write: readonly string[]; readonly read: readonly string[] };
  readonly acceptance: readonly CheckSpec[];
  readonly budget: PhaseBudget;
  readonly builder: BuilderRef;
  /** Names of builders that take over, in this order. Left out: none. */
  readonly fallback?: readonly string[];
  /** A person is asked before the phase ends as failed. Left out: not. */
  readonly ask?: boolean;
  readonly dependsOn: readonly string[];
}

export interface TierSpec {
  readonly id: string;
  readonly name: string;
  readonly phases: readonly PhaseSpec[];
}

export interface Grant {
  readonly paths: readonly string[];
  readonly phases: readonly string[];
  readonly reason: string;
  /** ISO 8601 date; the grant holds through that day (UTC). */
  readonly expires: string;
}

export interface RunBudget {
  readonly tokens?: number;
  readonly usd?: number;
  readonly minutes?: number;
}

/** What the gate asks for of coverage, in per cent of lines and percentage points. */
export interface CoveragePolicy {
  readonly minChanged?: number;
  readonly maxDrop?: number;
  /** What happens where a threshold is set and nothing was measured. */
  readonly unmeasured: "review" | "block" | "allow";
}

/** A rule of the tamper check whose findings are wanted. */
export interface TamperAllowance {
  readonly rule: string;
  /** Globs; left out: everywhere. */
  readonly paths?: readonly string[];
  readonly reason: string;
}

/** What of the gate a plan can set. */
export interface GatePolicy {
  readonly coverage: CoveragePolicy;
  readonly tests: {
    readonly flaky: "allow" | "review" | "block";
    /** Tests that ran at the baseline and are gone, with no new one for them. Left out: `review`. */
    readonly removed?: "allow" | "review" | "block";
  };
  readonly tampering: { readonly allow: readonly TamperAllowance[] };
}

/** A plan with every default filled in. The file's own shape is `plan/schema.ts`. */
export interface Plan {
  readonly version: 1;
  readonly id: string;
  readonly goal: string;
  readonly purpose: Purpose;
  /** A branch, tag or commit; resolved once, when the run is created. */
  readonly base: string;
  readonly budget: RunBudget;
  readonly setup: readonly Argv[];
  readonly carry: readonly string[];
  readonly checks: readonly CheckSpec[];
  readonly policy: GatePolicy & { readonly protect: readonly string[]; readonly grants: readonly Grant[] };
  readonly tiers: readonly TierSpec[];
}

/** A command as a person would type it. */
export function showArgv(argv: Argv): string {
  if (argv[0] === "sh" && argv[1] === "-c" && argv.length === 3) return argv[2] as string;
  return argv
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}

/** All phases in order, each with its tier's index. */
export function phasesOf(plan: Plan): { readonly tier: number; readonly phase: PhaseSpec }[] {
  return plan.tiers.flatMap((tier, index) => tier.phases.map((phase) => ({ tier: index, phase })));
}
