export type { Paint } from './paint.js';
export { type Look, renderPage } from './render-page.js';
export { type RunOutput, renderRunLive } from './render-run.js';
export type { RunEvent, StepEvent, StepTitle } from './run-events.js';
