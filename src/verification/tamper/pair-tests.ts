import type { Test } from "./model.ts";
import { likeness } from "./pair-files.ts";

/** A test with the file it stands in, told by the new path on both sides. */
export interface Placed {
  readonly test: Test;
  readonly file: string;
}
export interface TestPair {
  readonly before: Placed;
  readonly after: Placed;
}
export interface PairedTests {
  readonly kept: readonly TestPair[];
  readonly removed: readonly Placed[];
  readonly added: readonly Placed[];
}

/** How many comparisons of bodies are made before only names and equal bodies count. */
export const maxComparisons = 20_000;
const maxWords = 1500;
/** How alike two bodies must be to be one test under another name: in one file, and in two. */
const alikeHere = 0.6;
const alikeThere = 0.7;
/** Tests of the same name in two files are one only where the bodies have something in common. */
const alikeByName = 0.4;

export const bodyLikeness = (a: Test, b: Test): number =>
  likeness(a.words.slice(0, maxWords), b.words.slice(0, maxWords));

/** Finds what became of every test: by its name, its body, or what is most alike; each is paired once. */
export function pairTests(before: readonly Placed[], after: readonly Placed[]): PairedTests {
  const kept: TestPair[] = [];
  let left = [...before];
  const free = new Set(after);

  const pairBy = (key: (placed: Placed) => string, holds: (a: Test, b: Test) => boolean = () => true) => {
    const waiting = new Map<string, Placed[]>();
    for (const placed of free) {
      const mine = key(placed);
      if (mine === "") continue;
      const queue = waiting.get(mine);
      if (queue) queue.push(placed);
      else waiting.set(mine, [placed]);
    }
    left = left.filter((old) => {
      const queue = waiting.get(key(old));
      const found = queue?.find((one) => free.has(one) && holds(old.test, one.test));
      if (!found) return true;
      free.delete(found);
      kept.push({ before: old, after: found });
      return false;
    });
  };
  const pairAlike = (least: number, compared: (a: Placed, b: Placed) => boolean) => {
    if (left.length * free.size > maxComparisons) return;
    const scored = left
      .flatMap((old) =>
        [...free]
          .filter((one) => compared(old, one))
          .map((one) => ({ old, one, score: bodyLikeness(old.test, one.test) })),
      )
      .filter(({ score }) => score >= least)
      .sort((a, b) => b.score - a.score);
    const taken = new Set<Placed>();
    for (const { old, one } of scored) {
      if (taken.has(old) || !free.has(one)) continue;
      taken.add(old);
      free.delete(one);
      kept.push({ before: old, after: one });
    }
    left = left.filter((old) => !taken.has(old));
  };

  const longBody = ({ body }: Test) => body.length > 40;
  pairBy(({ test, file }) => `${file}\n${test.suite}\n${test.title}\n${test.body}`);
  pairBy(({ test, file }) => `${file}\n${test.suite}\n${test.title}`);
  pairBy(({ test }) => (longBody(test) ? `${test.title}\n${test.body}` : ""));
  pairBy(({ test }) => (longBody(test) ? test.body : ""));
  pairBy(
    ({ test, file }) => `${file}\n${test.title}`,
    (a, b) => bodyLikeness(a, b) >= alikeByName,
  );
  pairBy(
    ({ test }) => `${test.suite}\n${test.title}`,
    (a, b) => bodyLikeness(a, b) >= alikeByName,
  );
  pairAlike(alikeHere, (a, b) => a.file === b.file);
  pairBy(({ test, file }) => `${file}\n${test.title}`);
  pairAlike(alikeThere, (a, b) => a.file !== b.file);
  return { kept, removed: left, added: [...free] };
}
