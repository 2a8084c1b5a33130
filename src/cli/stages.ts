import type { Terminal } from "./terminal.ts";

/** What takes no longer needs no word. */
const quietMs = 2000;

/**
 * Says on stderr what is being done, in a command that takes a while: each stage when it begins, once that time is over.
 * A stage that lasts so long itself is told of while it does, where it lets go of the processor.
 */
export function createStages(terminal: Terminal): { begin(stage: string): void; end(): void } {
  const started = performance.now();
  let timer: NodeJS.Timeout | undefined;
  return {
    begin(stage) {
      clearTimeout(timer);
      const left = started + quietMs - performance.now();
      const tell = () => terminal.note(`${stage} …`);
      if (left <= 0) tell();
      else timer = setTimeout(tell, left).unref();
    },
    end: () => clearTimeout(timer),
  };
}
