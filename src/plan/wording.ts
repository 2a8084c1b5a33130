const maxShown = 80;

/** A text that may hold some of the plan, safe to print: without control or direction characters. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A text from the plan, safe to print: quoted and cut. */
export function quote(text: string): string {
  const clean = printable(text);
  return `\`${clean.length > maxShown ? `${clean.slice(0, maxShown)}…` : clean}\``;
}

/** The first few of a list, and how many more there are. */
export function listSome(items: readonly string[], most = 5): string {
  const shown = items.slice(0, most).map(quote).join(", ");
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}

/** ` Did you mean …?`, or nothing when no known word is near. */
export function suggest(word: string, known: Iterable<string>): string {
  const near = nearest(word, known);
  return near === null ? "" : ` Did you mean ${quote(near)}?`;
}

/** The known word with the fewest edits to `word`: at most a third of its letters. */
function nearest(word: string, known: Iterable<string>): string | null {
  if (word.length > 64) return null;
  const wanted = word.toLowerCase();
  let best: string | null = null;
  let fewest = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= fewest) continue;
    const edits = editDistance(wanted, candidate.toLowerCase());
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let edits = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) edits = Math.min(edits, (beforeLast[column - 2] as number) + 1);
      current.push(edits);
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length] as number;
}
