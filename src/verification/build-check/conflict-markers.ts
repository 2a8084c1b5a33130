/** The line of every conflict that git left in a text, counted from 1: markers in the order in which git writes them. */
export function findConflicts(path: string, text: string): number[] {
  const conflicts: number[] = [];
  const fence = /\.(md|mdx|markdown)$/i.test(path)
    ? /^ {0,3}(```|~~~)/
    : /\.(adoc|asciidoc)$/i.test(path)
      ? /^(----|\.\.\.\.)\s*$/
      : null;
  let isFenced = false;
  let opened = 0;
  let isDivided = false;
  text.split("\n").forEach((raw, index) => {
    const line = raw.replace(/\r$/, "");
    if (fence?.test(line)) isFenced = !isFenced;
    if (isFenced) return;
    if (/^<{7}( |$)/.test(line)) {
      opened = index + 1;
      isDivided = false;
    } else if (opened > 0 && line === "=======") isDivided = true;
    else if (opened > 0 && isDivided && /^>{7}( |$)/.test(line)) {
      conflicts.push(opened);
      opened = 0;
    }
  });
  return conflicts;
}
