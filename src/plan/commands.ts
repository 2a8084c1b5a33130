import type { Argv, BuilderRef, PhaseSpec, Plan } from "../domain/plan.ts";
import { phasesOf } from "../domain/plan.ts";

/** What lint must know of a builder. */
export interface BuilderFacts {
  /** Of a command builder. */
  readonly argv?: Argv;
  /** Of a scripted builder: absolute, or relative to the plan file. */
  readonly script?: string;
  /** Files and folders outside of the workspace that it may change. */
  readonly writable?: readonly string[];
  readonly reportsUsage: boolean;
  readonly reportsCost?: boolean;
  /** Names of variables that it sees and whose values are secrets too short to be hidden. */
  readonly unhidden?: readonly string[];
  /** Name of the builder with a stronger model. */
  readonly stronger?: string;
}

/** The builder that a phase names or writes out; undefined when the configuration has none of that name. */
export function builderOf(
  ref: BuilderRef,
  findBuilder: (name: string) => BuilderFacts | undefined,
): BuilderFacts | undefined {
  if (ref.kind === "named") return findBuilder(ref.name);
  const writable = ref.reach ? { writable: ref.reach.writable } : {};
  if (ref.kind === "command") return { argv: ref.argv, reportsUsage: false, ...writable };
  return { script: ref.script, reportsUsage: true, ...writable };
}

/** The names of the builders that may take over from a phase's own: in turn, then those that are only stronger ones. */
export function alternativeNames(
  { builder, fallback = [] }: Pick<PhaseSpec, "builder" | "fallback">,
  findBuilder: (name: string) => BuilderFacts | undefined,
): { readonly name: string; readonly use: "fallback" | "stronger" }[] {
  const own = builder.kind === "named" ? [builder.name] : [];
  const turns = [...new Set(fallback)].filter((name) => !own.includes(name));
  const known = new Set([...own, ...turns]);
  for (const name of known) {
    const stronger = findBuilder(name)?.stronger;
    if (stronger !== undefined) known.add(stronger);
  }
  const stronger = [...known].filter((name) => !own.includes(name) && !turns.includes(name));
  return [
    ...turns.map((name) => ({ name, use: "fallback" as const })),
    ...stronger.map((name) => ({ name, use: "stronger" as const })),
  ];
}

/** All builders of a phase, its own first, as it names or writes them out. */
export const buildersOf = (
  spec: Pick<PhaseSpec, "builder" | "fallback">,
  findBuilder: (name: string) => BuilderFacts | undefined,
): BuilderRef[] => [
  spec.builder,
  ...alternativeNames(spec, findBuilder).map(({ name }) => ({ kind: "named", name }) as const),
];

export interface Program {
  readonly name: string;
  /** Whether the command surely fails without it. */
  readonly required: boolean;
}

const shellWords = new Set(
  ". : [ [[ ! { ( alias bg break builtin case cd command continue declare do echo else env eval exec exit export false fg for function getopts hash if jobs kill let local printf pwd read readonly return set shift source test time times trap true type typeset ulimit umask unalias unset until wait while".split(
    " ",
  ),
);

/** The program that a command starts first, where that can be told; null where it cannot. */
export function firstProgram(argv: Argv): Program | null {
  const [name, option, script] = argv;
  if (name !== "sh" || option !== "-c" || script === undefined) return { name, required: true };
  const word = /^\s*(\S+)/.exec(script)?.[1] ?? "";
  if (!/^[\w./][\w./+-]*$/.test(word) || shellWords.has(word)) return null;
  // What follows `||`, `;`, a pipe or a new line may succeed without it.
  return { name: word, required: !/\|\||;|\n|(?<![&>])&(?![&>])|\|/.test(script.trim()) };
}

/** Whether it is found by PATH or is an absolute path; others lie in the workspace. */
export const isInstalled = (program: string): boolean => !program.includes("/") || program.startsWith("/");

/** Every program that must be installed for the plan, once each. */
export function programsOf(plan: Plan, findBuilder: (name: string) => BuilderFacts | undefined): Set<string> {
  const phases = phasesOf(plan).map(({ phase }) => phase);
  const commands = [
    ...plan.setup,
    ...plan.checks.flatMap(({ argv, fix }) => (fix ? [argv, fix] : [argv])),
    ...phases.flatMap((phase) => phase.acceptance.map((check) => check.argv)),
    ...phases
      .flatMap((phase) => buildersOf(phase, findBuilder))
      .map((builder) => builderOf(builder, findBuilder)?.argv)
      .filter((argv) => argv !== undefined),
  ];
  const names = commands.map((argv) => firstProgram(argv)?.name);
  return new Set(names.filter((name) => name !== undefined).filter(isInstalled));
}
