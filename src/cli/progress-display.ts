import type { Listeners } from "../app.ts";
import type { RunState } from "../domain/fold.ts";
import type { Terminal } from "./terminal.ts";
import { renderLive } from "./views/live.ts";
import { eventLine, renderEvent } from "./views/progress.ts";
import { stripControl } from "./views/text.ts";

/** What a person or a program sees while a run goes on. */
export interface ProgressDisplay extends Listeners {
  end(): void;
}

export interface ProgressOptions {
  readonly quiet?: boolean;
  readonly events?: string;
}

const redrawMs = 200;

/**
 * On a terminal a block redrawn in place below the lines of what happened, elsewhere the lines alone; with
 * `--events ndjson` every event as a line of JSON on stdout.
 */
export function createProgressDisplay(terminal: Terminal, options: ProgressOptions): ProgressDisplay {
  const outputs = new Map<string, { lastLine: string; since: Date }>();
  let state: RunState | undefined;
  let frame = 0;
  const live = terminal.live && !options.quiet;
  const screen = { columns: terminal.liveColumns, colour: terminal.colour };
  const redraw = () => {
    if (state) terminal.draw(renderLive(state, new Date(), outputs, { ...screen, frame: frame++ }));
  };
  const timer = live ? setInterval(redraw, redrawMs) : undefined;
  return {
    onEvent(event, after) {
      state = after;
      if (options.events) terminal.print(eventLine(after.runId, event));
      const line = options.quiet ? null : renderEvent(event, after);
      if (line === null) return;
      terminal.note(line);
      if (live) redraw();
    },
    onOutput: (phaseId, line) =>
      void outputs.set(phaseId, { lastLine: stripControl(line), since: new Date() }),
    end() {
      clearInterval(timer);
      if (live) terminal.draw([]);
    },
  };
}
