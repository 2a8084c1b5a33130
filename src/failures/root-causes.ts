import { stripVTControlCharacters } from "node:util";
import { type Failure, type FailureKind, factsOf, failureKinds } from "../domain/failure.ts";
import { type Attribute, type AttributeName, attributeNames, attributeRules } from "./root-cause-rules.ts";

/** A failure and whose it is: a phase, or a phase and an attempt. */
export interface Member {
  readonly id: string;
  readonly failure: Failure;
}

/** One cause behind several failures. */
export interface RootCauseGroup<M extends Member> {
  readonly attribute: AttributeName;
  /** The package, command, variable, host, provider or path that is missing or refuses. */
  readonly value: string;
  /** In the order given. */
  readonly members: readonly M[];
  /** How many different failures it explains. */
  readonly fingerprints: number;
}

export interface RootCauses<M extends Member> {
  /** The one that explains most first. */
  readonly groups: readonly RootCauseGroup<M>[];
  readonly ungrouped: readonly M[];
}

/** Of a longer text the beginning and the end are looked at. */
const mostRead = 20_000;

/**
 * Groups failures under what they have in common: one missing package, command, variable, path, or one host or
 * provider that refuses. A group has two members at least; a failure with several such attributes belongs to the one
 * that explains most. What is grouped does not depend on the order of the failures.
 */
export function groupRootCauses<M extends Member>(failures: readonly M[]): RootCauses<M> {
  const attributes = new Map(failures.map((member) => [member, attributesOf(member.failure)]));
  let left = [...failures];
  const groups: RootCauseGroup<M>[] = [];
  for (;;) {
    const group = largestGroup(left, attributes);
    if (!group) return { groups, ungrouped: left };
    groups.push(group);
    left = left.filter((member) => !group.members.includes(member));
  }
}

function largestGroup<M extends Member>(
  failures: readonly M[],
  attributes: ReadonlyMap<M, readonly Attribute[]>,
): RootCauseGroup<M> | undefined {
  const candidates = new Map<string, { readonly attribute: Attribute; readonly members: M[] }>();
  for (const member of failures)
    for (const attribute of attributes.get(member) ?? []) {
      const key = keyOf(attribute);
      const candidate = candidates.get(key) ?? { attribute, members: [] };
      candidate.members.push(member);
      candidates.set(key, candidate);
    }
  const [first] = [...candidates.values()]
    .filter(({ members }) => members.length > 1)
    .sort((a, b) => b.members.length - a.members.length || compare(a.attribute, b.attribute));
  return (
    first && {
      attribute: first.attribute.name,
      value: first.attribute.value,
      members: first.members,
      fingerprints: new Set(first.members.map(({ failure }) => failure.fingerprint)).size,
    }
  );
}

const keyOf = ({ name, value }: Attribute): string => `${name}\n${value}`;

function compare(a: Attribute, b: Attribute): number {
  const order = attributeNames.indexOf(a.name) - attributeNames.indexOf(b.name);
  return order || (a.value < b.value ? -1 : Number(a.value > b.value));
}

/** What a failure says is missing or refuses, each once. */
export function attributesOf(failure: Failure): readonly Attribute[] {
  const found = new Map<string, Attribute>();
  const add = (attribute: Attribute) => found.set(keyOf(attribute), attribute);
  // A ledger of a newer version may hold a kind that this one does not know.
  const area = Object.hasOwn(failureKinds, failure.kind)
    ? factsOf(failure.kind as FailureKind).area
    : undefined;
  const provider = failure.evidence.find(({ label }) => label === "provider")?.detail;
  if (area === "provider" && provider !== undefined) add({ name: "provider", value: provider });
  const texts = [failure.message, ...failure.evidence.map(({ detail }) => detail)];
  const lines = texts.flatMap((text) => cut(stripVTControlCharacters(text)).split(/[\r\n]+/));
  for (const line of lines)
    for (const rule of attributeRules) {
      const attribute = rule.read(line.slice(0, 1000));
      if (attribute) {
        add(attribute);
        break;
      }
    }
  return [...found.values()];
}

const cut = (text: string): string =>
  text.length <= mostRead ? text : `${text.slice(0, mostRead / 2)}\n${text.slice(-mostRead / 2)}`;
