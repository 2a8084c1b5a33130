import type { Alternative, PinnedBuilder, RunCreated } from "./events.ts";
import { type CheckSpec, showArgv } from "./plan.ts";

/** The name of what runs a check's `fix`; no builder of a configuration can have it. */
const repairName = (check: string): string => `fix:${check}`;
export const isRepair = (builder: string): boolean => builder.startsWith("fix:");

/** A check's `fix` as a builder: it is held like the check. Undefined where it has none. */
export function repairOf({ plan, readable }: RunCreated, check: string): PinnedBuilder | undefined {
  const spec = plan.checks.find(({ name }) => name === check);
  return spec?.fix && { ...heldLike(spec, readable), name: repairName(check), argv: spec.fix };
}

const heldLike = ({ network = "loopback" }: CheckSpec, readable: readonly string[]) =>
  ({ kind: "command", env: [], reportsUsage: true, reach: { network, readable, writable: [] } }) as const;

export const alternativesOf = ({ alternatives }: RunCreated, phaseId: string): readonly Alternative[] =>
  alternatives?.[phaseId] ?? [];

/** The builder of that name among all that may work at the phase; undefined where none is pinned. */
export function findBuilder(created: RunCreated, phaseId: string, name: string): PinnedBuilder | undefined {
  if (isRepair(name)) return repairOf(created, name.slice("fix:".length));
  const own = created.builders[phaseId];
  if (own?.name === name) return own;
  return alternativesOf(created, phaseId).find(({ builder }) => builder.name === name)?.builder;
}

/** Tells programs apart that are only called alike, as all that plans write out are. */
export const programOf = (builder: PinnedBuilder): string =>
  builder.kind === "scripted" ? `scripted ${builder.sha256}` : `${builder.name} ${showArgv(builder.argv)}`;
