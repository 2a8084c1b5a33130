import type { StrengthBasis } from "../../domain/assessment.ts";
import { minimumIn } from "../../domain/scope-prose.ts";
import type { FileVersion } from "./contents.ts";
import { type Finding, found, type Item, type Scene } from "./finding.ts";
import { type JudgedPath, judgePath } from "./judge-path.ts";
import type { Window } from "./trace.ts";

/** Several files that an entry asks for at once: a folder, or what a glob matches. */
export interface Wide {
  readonly entry: string;
  /** As it is shown: the folder or the glob. */
  readonly name: string;
  /** With a slash at its end; empty: everything. */
  readonly folder: string;
  isMember(path: string): boolean;
  readonly minCount: number | null;
}

/** A folder or glob, by its files that anything happened to since the phase began; each is judged like a path. */
export async function judgeFolder(
  scene: Scene,
  item: Item,
  wide: Wide,
): Promise<Pick<JudgedPath, "asRecorded" | "now">> {
  const { timeline, tree } = scene;
  const both = (finding: Finding) => ({ asRecorded: finding, now: finding });
  const changed = timeline.membersOf(wide.folder);
  if (changed === null) return both(found("unjudged", "too much happened below it to be looked through"));
  const present = tree.below(wide.folder).filter((path) => wide.isMember(path));
  const { window } = item;
  if (!window)
    return both(
      present.length > 0
        ? found("unjudged", "it is there, and the record does not say when the phase began")
        : found("denied", "nothing is there", "absent"),
    );
  const members = [...changed].filter((path) => wide.isMember(path)).sort();
  const judged: Member[] = [];
  for (const path of members) {
    if (!timeline.eventsOf(path).some(({ by }) => by.seconds >= window.from)) continue;
    judged.push({
      path,
      ...(await judgePath(scene, { ...item, path, required: [], change: "any", isOnly: false })),
    });
  }
  if (item.change === "delete") return both(judgeEmptied(present, judged));
  const recorded = recordedOf(judged, window);
  const asRecorded = await judgeCount(scene, item, wide, {
    files: recorded.map((one) => ({ finding: one.asRecorded, file: one.recorded })),
    isPresent: present.length > 0,
    members,
  });
  const now = await judgeCount(scene, item, wide, {
    files: judged.map((one) => ({ finding: one.now, file: one.file })),
    isPresent: present.length > 0,
    members,
  });
  if (now.state === "denied" && now.basis === "absent" && asRecorded.state === "ok")
    return { asRecorded, now: { ...asRecorded, why: `${asRecorded.why}; it was removed since` } };
  return {
    asRecorded,
    now: now.state === asRecorded.state && asRecorded.by ? { ...now, by: asRecorded.by } : now,
  };
}

interface Member extends JudgedPath {
  readonly path: string;
}

/** Those that were changed within the window; where none was, those of the first commit after it. */
function recordedOf(judged: readonly Member[], { to }: Window): readonly Member[] {
  const changed = judged.filter(({ asRecorded }) => asRecorded.by !== null);
  const within = changed.filter(({ asRecorded }) => to !== null && (asRecorded.by?.seconds ?? 0) <= to);
  if (within.length > 0) return within;
  const first = changed.reduce<Member | null>(
    (low, one) => (low && (low.asRecorded.by?.seconds ?? 0) <= (one.asRecorded.by?.seconds ?? 0) ? low : one),
    null,
  );
  return changed.filter(({ asRecorded }) => asRecorded.by?.commit === first?.asRecorded.by?.commit);
}

interface Counted {
  readonly files: readonly { readonly finding: Finding; readonly file: FileVersion | null }[];
  readonly isPresent: boolean;
  /** Everything that ever happened something to. */
  readonly members: readonly string[];
}

async function judgeCount(scene: Scene, item: Item, wide: Wide, counted: Counted): Promise<Finding> {
  const { contents } = scene;
  const good = counted.files.filter(
    ({ finding, file }) => file !== null && (finding.state === "ok" || finding.state === "touched"),
  );
  const unread = counted.files.filter(({ finding }) => finding.state === "unjudged");
  const hollow = counted.files.find(({ finding }) => finding.basis === "hollow");
  const by = good.map(({ finding }) => finding.by).find((commit) => commit !== null) ?? null;
  if (good.length === 0) {
    if (unread[0]) return unread[0].finding;
    if (hollow) return hollow.finding;
    return counted.isPresent
      ? judgeUntouched(scene, item, wide, counted.members)
      : found("denied", "nothing is there", "absent");
  }
  const lacking: string[] = [];
  for (const name of item.required) if (!(await isHeldByAny(name))) lacking.push(name);
  if (lacking.length > 0)
    return found(
      "denied",
      `no file in it holds ${lacking.join(", ")}, which the phase names`,
      "named-missing",
      by,
    );
  const basis: StrengthBasis = "created";
  const since = by ? `since ${by.name}` : "since the phase began";
  if (wide.minCount !== null) {
    const isOfTests =
      /\btests?\b/i.test(whatIsCounted(wide)) && !/\bfiles?\b|\bmodules?\b/i.test(whatIsCounted(wide));
    const count = isOfTests ? await sumTests() : good.length;
    const what = `${count} of ${wide.minCount} ${isOfTests ? "tests" : "files"}`;
    if (count >= wide.minCount) return found("ok", `${what} ${since}`, basis, by);
    if (unread[0]) return unread[0].finding;
    return found("denied", `only ${what} ${since}`, "named-missing", by);
  }
  const made = good.filter(({ finding }) => finding.state === "ok").length;
  if (made > 0 || item.required.length > 0) return found("ok", `${made} files made ${since}`, basis, by);
  return found(
    "touched",
    `${good.length} files changed ${since}; the phase names nothing to look for in them`,
    null,
    by,
  );

  async function isHeldByAny(name: string): Promise<boolean> {
    for (const { file } of good) if (file && (await contents.holds(file, name))) return true;
    return false;
  }
  async function sumTests(): Promise<number> {
    let sum = 0;
    for (const { file } of good) sum += file ? ((await contents.facts(file))?.tests ?? 0) : 0;
    return sum;
  }
}

const whatIsCounted = ({ entry, name }: Wide): string =>
  minimumIn(entry.startsWith(name) ? entry.slice(name.length) : entry)?.of ?? "files";

function judgeUntouched(
  { timeline, prior }: Scene,
  item: Item,
  wide: Wide,
  members: readonly string[],
): Finding {
  const from = item.window?.from ?? 0;
  const last = members
    .flatMap((path) => timeline.eventsOf(path).findLast(({ by }) => by.seconds < from) ?? [])
    .reduce<{ by: { seconds: number } } | null>((a, b) => (a && a.by.seconds >= b.by.seconds ? a : b), null);
  const earlier = last ? prior.find(item.phase, wide.name, last.by.seconds, from) : null;
  if (earlier !== null)
    return found(
      "prior",
      `untouched since the phase began, and brought by ${earlier}, which is the same work`,
    );
  return found("denied", "nothing in it was touched since the phase began", "untouched-edit");
}

function judgeEmptied(present: readonly string[], judged: readonly Member[]): Finding {
  if (present.length > 0)
    return found(
      "denied",
      `it was to go, and ${present[0]} is still there`,
      judged.length > 0 ? "named-missing" : "untouched-edit",
    );
  const gone = judged.find(({ now }) => now.by !== null)?.now.by;
  if (gone) return found("ok", `removed in ${gone.name}`, "created", gone);
  return found("denied", "it was to go, and was not there when the phase began either", "untouched-edit");
}
