import type { FindingSeverity } from "../../domain/finding.ts";
import type { JudgedChange } from "./read-change.ts";

/** A finding before the rule's id is put to it. */
export interface Draft {
  readonly severity: FindingSeverity;
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export type Assess = (change: JudgedChange) => readonly Draft[] | Promise<readonly Draft[]>;

const maxNamed = 3;
const maxLength = 80;
export const cut = (text: string): string =>
  text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;

/** `"a", "b", "c" and 4 more`. */
export function nameSome(names: readonly string[]): string {
  const some = names.slice(0, maxNamed).map((name) => `"${cut(name)}"`);
  const more = names.length - some.length;
  return more > 0 ? `${some.join(", ")} and ${more} more` : some.join(", ");
}

/** Groups in the order in which they first come. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): T[][] {
  return [...indexBy(items, key).values()];
}

/** Groups to take from, by key. */
export function indexBy<T>(items: Iterable<T>, key: (item: T) => string): Map<string, T[]> {
  const index = new Map<string, T[]>();
  for (const item of items) {
    const group = index.get(key(item));
    if (group) group.push(item);
    else index.set(key(item), [item]);
  }
  return index;
}

export const count = (n: number, one: string): string => (n === 1 ? `one ${one}` : `${n} ${one}s`);
