import type { SourcePath } from "./document.ts";
import type { Finding } from "./findings.ts";
import type { LintContext } from "./lint.ts";
import { quote, suggest } from "./wording.ts";

/** Ids of tiers, phases, dependencies and grants. */
export function* lintIds(context: LintContext): Iterable<Finding> {
  const { plan, parsed } = context;
  yield* lintUnique(
    context,
    plan.tiers.map(({ id }, index) => ({ id, path: ["tiers", index, "id"] })),
    "tier",
  );
  yield* lintUnique(
    context,
    parsed.phases.map(({ spec, path }) => ({ id: spec.id, path: [...path, "id"] })),
    "phase",
  );
  yield* lintDependencies(context);
  yield* lintGrants(context);
}

function* lintUnique(
  { find, parsed }: LintContext,
  named: readonly { readonly id: string; readonly path: SourcePath }[],
  noun: string,
): Iterable<Finding> {
  const first = new Map<string, SourcePath>();
  for (const { id, path } of named) {
    const earlier = first.get(id.toLowerCase());
    if (earlier === undefined) first.set(id.toLowerCase(), path);
    else {
      const line = parsed.source.at(earlier).line;
      yield find("duplicate-id", path, `The ${noun} id ${quote(id)} is already used in line ${line}.`);
    }
  }
}

function* lintDependencies({ parsed, order, find }: LintContext): Iterable<Finding> {
  for (const { spec, tier, path } of parsed.phases) {
    for (const [index, id] of spec.dependsOn.entries()) {
      const place = [...path, "depends_on", index];
      const target = order.byId.get(id);
      if (target === undefined) {
        const message = `The phase ${quote(spec.id)} depends on ${quote(id)}, which is no phase of this plan.`;
        yield find("unknown-dependency", place, message + suggest(id, order.byId.keys()), spec.id);
      } else if (target.tier > tier) {
        const message = `The phase ${quote(spec.id)} depends on ${quote(id)}, which is in a later tier.`;
        yield find("later-tier-dependency", place, message, spec.id);
      }
    }
  }
  for (const [id, next, ...rest] of order.cycles) {
    const phase = order.byId.get(id as string);
    if (phase === undefined || next === undefined) continue;
    const place = [...phase.path, "depends_on", phase.spec.dependsOn.indexOf(next)];
    const circle = [phase.spec.id, next, ...rest].map(quote).join(" → ");
    yield find("dependency-cycle", place, `Phases wait for each other: ${circle}.`, phase.spec.id);
  }
}

function* lintGrants({ plan, facts, order, find }: LintContext): Iterable<Finding> {
  for (const [index, grant] of plan.policy.grants.entries()) {
    const path = ["policy", "grants", index];
    for (const [position, id] of grant.phases.entries()) {
      if (!order.byId.has(id)) {
        const message = `The grant names the phase ${quote(id)}, which the plan does not have.`;
        yield find(
          "grant-unknown-phase",
          [...path, "phases", position],
          message + suggest(id, order.byId.keys()),
        );
      } else if (grant.expires < facts.today) {
        const message = `The grant for ${quote(id)} expired on ${grant.expires}; today is ${facts.today}.`;
        yield find("grant-expired", [...path, "expires"], message, id);
      }
    }
  }
}
