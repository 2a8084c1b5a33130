import { readDifferences } from "./assertions.ts";
import { count, cut, type Draft, groupBy, indexBy } from "./draft.ts";
import { wordsOf } from "./javascript-tree.ts";
import { type Assertion } from "./model.ts";
import { likeness } from "./pair-files.ts";
import type { TestPair } from "./pair-tests.ts";
import type { JudgedChange, JudgedFile } from "./read-change.ts";
import { readSnapshots } from "./snapshots.ts";

interface Changed {
  readonly file: string;
  readonly line: number;
  readonly title: string;
  readonly inline: boolean;
  /** Nothing else in the test is different. */
  readonly alone: boolean;
}

const isInline = ({ matcher }: Assertion): boolean => /Inline/.test(matcher);
const sorted = (values: readonly string[]): string => [...values].sort().join(" ");
const isValue = (word: string): boolean => /^["#]/.test(word);

/** Whether a test is as it was but for the expected values. */
function isAlone(
  { before, after }: TestPair,
  gone: readonly Assertion[],
  come: readonly Assertion[],
): boolean {
  const rest = (words: readonly string[], taken: readonly Assertion[]): string[] => {
    const counts = new Map<string, number>();
    for (const value of taken.flatMap(({ literals }) => literals))
      counts.set(value, (counts.get(value) ?? 0) + 1);
    return words.filter((word) => {
      const left = isValue(word) ? (counts.get(word) ?? 0) : 0;
      counts.set(word, left - 1);
      return left <= 0;
    });
  };
  return likeness(rest(before.test.words, gone), rest(after.test.words, come)) > 0.97;
}

/** What is looked at, and how. */
const aspect = ({ subject, matcher }: Assertion): string => `${subject}\n${matcher}`;

function changedValues(change: JudgedChange): Changed[] {
  return readDifferences(change).flatMap(({ pair, gone, come }) => {
    const free = indexBy(come, aspect);
    const pairs = gone.flatMap((old) => {
      const now = free.get(aspect(old))?.shift();
      if (!now) return [];
      const isOther =
        sorted(old.literals) !== sorted(now.literals) && old.literals.length > 0 && now.literals.length > 0;
      // More is expected than before, and all that was: a check that grew.
      const grew =
        now.literals.length > old.literals.length &&
        old.literals.every((value) => now.literals.includes(value));
      return isOther && !grew && now.strength >= old.strength && now.wild <= old.wild && old.strength > 0
        ? [{ old, now }]
        : [];
    });
    const alone = isAlone(
      pair,
      pairs.map(({ old }) => old),
      pairs.map(({ now }) => now),
    );
    return pairs.map(
      ({ now }): Changed => ({
        file: pair.after.file,
        line: now.line,
        title: pair.after.test.title,
        inline: isInline(now),
        alone,
      }),
    );
  });
}

/** Rows of a table in which the last value is another, the ones before it as they were. */
function changedRows(change: JudgedChange): Changed[] {
  return change.kept.flatMap(({ before, after }) => {
    const [old, now] = [before.test.cases, after.test.cases];
    if (!old || !now || now.length < old.length) return [];
    const missing = old.filter((row) => !now.includes(row));
    const fresh = now.filter((row) => !old.includes(row));
    const head = (row: string) => row.replace(/(?:"(?:[^"\\]|\\.)*"|#\S+|\w+)\s*[)\]}\s,]*$/, "");
    const isChanged = missing.some(
      (row) =>
        wordsOf(head(row)).some((word) => /["#\w]/.test(word)) &&
        fresh.some((other) => head(other) === head(row)),
    );
    return isChanged
      ? [
          {
            file: after.file,
            line: after.test.line,
            title: after.test.title,
            inline: false,
            alone: before.test.body === after.test.body,
          },
        ]
      : [];
  });
}

/** From this many on, with more than half of them rewritten, snapshots were not looked at one by one. */
const wholesale = 3;

function inlineSnapshots(change: JudgedChange, file: string): number {
  const code = change.files.find(({ path }) => path === file)?.before;
  return (code?.tests ?? []).flatMap(({ assertions }) => assertions).filter(isInline).length;
}

function isWholesale(change: JudgedChange, values: readonly Changed[]): boolean {
  const all = inlineSnapshots(change, values[0]?.file ?? "");
  return values.length >= wholesale && values.length * 2 > all;
}

interface RewrittenFile {
  readonly file: JudgedFile;
  readonly all: number;
  readonly changed: number;
  readonly line: number;
}

async function rewrittenFiles(change: JudgedChange): Promise<RewrittenFile[]> {
  const found: RewrittenFile[] = [];
  for (const file of change.files) {
    const before = await readSnapshots(file.oldPath ?? "", file.oldText);
    const after = await readSnapshots(file.newPath ?? "", file.newText);
    if (!before || before.size === 0) continue;
    // Entries go with their tests, and the tests are told of by another rule.
    const owner = file.path.replace(/(?:__snapshots__\/)?([^/]+)\.(?:snap|ambr)$/, "$1");
    const touched = change.files.some(({ path }) => path === owner || path === `${owner}.py`);
    const entries = [...before].filter(([name, text]) => {
      const now = after?.get(name);
      return now === undefined ? !touched : now.text !== text.text;
    });
    const [first] = entries;
    if (first)
      found.push({
        file,
        all: before.size,
        changed: entries.length,
        line: after?.get(first[0])?.line ?? first[1].line,
      });
  }
  return found;
}

/** Most entries of a snapshot file, or most inline snapshots of a test file, are others than before. */
export async function assessSnapshots(change: JudgedChange): Promise<Draft[]> {
  const files = (await rewrittenFiles(change)).filter(
    ({ all, changed }) => changed >= Math.min(wholesale, all) && changed * 2 > all && all >= 2,
  );
  const inline = groupBy(
    changedValues(change).filter((one) => one.inline),
    ({ file }) => file,
  ).filter((values) => isWholesale(change, values));
  return [
    ...files.map(
      ({ file, all, changed, line }): Draft => ({
        severity: file.owned ? "note" : "review",
        path: file.path,
        line,
        message:
          file.newText === null
            ? `the file with ${count(all, "snapshot")} is gone`
            : `${changed} of ${count(all, "snapshot")} rewritten`,
      }),
    ),
    ...inline.map(
      (values): Draft => ({
        severity: isOwned(change, values) ? "note" : "review",
        path: values[0]?.file ?? "",
        line: values[0]?.line ?? 1,
        message: `${values.length} of ${count(inlineSnapshots(change, values[0]?.file ?? ""), "inline snapshot")} rewritten`,
      }),
    ),
  ];
}

const isOwned = (change: JudgedChange, values: readonly Changed[]): boolean =>
  change.files.find(({ path }) => path === values[0]?.file)?.owned ?? false;

/** Expected values of a test that was there are others now, in a file that the phase does not own. */
export async function assessExpectations(change: JudgedChange): Promise<Draft[]> {
  const byFile = groupBy([...changedValues(change), ...changedRows(change)], ({ file }) => file).filter(
    (values) => !isOwned(change, values),
  );
  const drafts = byFile.flatMap((all): Draft[] => {
    const values = isWholesale(
      change,
      all.filter(({ inline }) => inline),
    )
      ? all.filter(({ inline }) => !inline)
      : all;
    const first = values.find(({ alone }) => alone) ?? values[0];
    if (!first) return [];
    return [
      {
        severity: first.alone ? "review" : "note",
        path: first.file,
        line: first.line,
        message: `${count(values.length, "expected value")} changed in a file that is no deliverable, such as in "${cut(first.title)}"`,
      },
    ];
  });
  const snapshots = (await rewrittenFiles(change)).filter(
    ({ file, all, changed }) =>
      !file.owned &&
      file.newText !== null &&
      !(changed >= Math.min(wholesale, all) && changed * 2 > all && all >= 2),
  );
  return [
    ...drafts,
    ...snapshots.map(
      ({ file, all, changed, line }): Draft => ({
        severity: "note",
        path: file.path,
        line,
        message: `${changed} of ${count(all, "snapshot")} changed in a file that is no deliverable`,
      }),
    ),
  ];
}
