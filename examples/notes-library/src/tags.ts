/** A tag as it is stored: `#Home Office ` becomes `home-office`. */
export function normaliseTag(text: string): string {
  return text.trim().replace(/^#+/, "").toLowerCase().replaceAll(/\s+/g, "-");
}

/** Whether a note carries a tag, however the tag is written. */
export function hasTag(note: { readonly tags: readonly string[] }, tag: string): boolean {
  return note.tags.includes(normaliseTag(tag));
}
