import { Document, isMap, isScalar, isSeq } from "yaml";
import { printable } from "../wording.ts";
import { type AssembledPlan, showNote } from "./assemble.ts";

const mostNotes = 100;
const longestNote = 400;

/** The plan as YAML; as comments at its top where it comes from, and what had no equivalent. */
export function renderPlan({ document, notes }: AssembledPlan, origin: string): string {
  const yaml = new Document(document, { aliasDuplicateObjects: false });
  const told = notes.slice(0, mostNotes).map((note) => ` - ${showNote(note).slice(0, longestNote)}`);
  const more =
    notes.length > mostNotes ? [` and ${notes.length - mostNotes} more: \`--json\` lists them all`] : [];
  const head = [
    ` ${origin}`,
    notes.length === 0
      ? " Everything in it has an equivalent here."
      : " What has no equivalent here, and what was decided:",
    ...told,
    ...more,
  ];
  yaml.commentBefore = head.map(printable).join("\n");
  markEmpty(yaml);
  return yaml.toString({ lineWidth: 0 });
}

/** Says at each phase without deliverables what is to be done. */
function markEmpty(yaml: Document): void {
  const tiers = yaml.get("tiers");
  for (const tier of isSeq(tiers) ? tiers.items : []) {
    const phases = isMap(tier) ? tier.get("phases") : undefined;
    for (const phase of isSeq(phases) ? phases.items : []) {
      const pair = isMap(phase) ? phase.items.find(({ key }) => String(key) === "deliverables") : undefined;
      if (pair && isScalar(pair.key) && isSeq(pair.value) && pair.value.items.length === 0)
        pair.key.commentBefore = " add at least one path that this phase delivers";
    }
  }
}
