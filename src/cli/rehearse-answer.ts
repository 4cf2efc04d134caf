import { type RehearsalEvent, type RehearsalOptions, rehearse } from '../rehearsal/index.js';
import { rehearsalPage } from '../report/index.js';
import { type RunEvent, renderRunLive } from '../ui/index.js';
import type { Answer } from './answer.js';
import { EventQueue } from './event-queue.js';

/** Runs the rehearsal, drawing each stage, and answers with its ledger. */
export async function rehearseAnswer(
  options: RehearsalOptions,
  output: { readonly stream: NodeJS.WriteStream; readonly colour: boolean },
): Promise<Answer> {
  const events = new EventQueue<RunEvent>();
  const drawn = renderRunLive(events, output);
  try {
    const titles = new Map<string, string>();
    const result = await rehearse(options, (event) => {
      if (event.type === 'planned') for (const { id, title } of event.stages) titles.set(id, title);
      // The steps inside a stage are for a list that redraws itself; as lines they would be a flood.
      if (event.type === 'stage.step' && !output.stream.isTTY) return;
      events.push(runEventOf(event, titles));
    });
    events.end();
    await drawn;
    return {
      document: { ...result },
      page: rehearsalPage(result),
      exitCode: result.exitCode,
      next: result.ok ? ['orion-bus validate'] : ['orion-bus rehearse --keep'],
    };
  } finally {
    events.end();
    await drawn;
  }
}

/** A stage is drawn as a step of a run is. */
function runEventOf(event: RehearsalEvent, titles: ReadonlyMap<string, string>): RunEvent {
  const title = 'stage' in event ? (titles.get(event.stage) ?? event.stage) : '';
  const told = (text: string): string => (text === '' ? title : `${title}: ${text}`);
  switch (event.type) {
    case 'planned':
      return { type: 'run.started', text: 'Rehearsal', steps: event.stages };
    case 'stage.started':
      return { type: 'step.started', step: event.stage, text: title };
    case 'stage.step':
      return { type: 'step.progress', step: event.stage, text: event.step.text, progress: {} };
    case 'stage.done':
      return { type: 'step.done', step: event.stage, text: told(event.text) };
    case 'stage.failed':
      return { type: 'step.failed', step: event.stage, text: told(event.text) };
    case 'stage.skipped':
      return { type: 'step.skipped', step: event.stage, text: told(event.text) };
  }
}
